/** COCO val2017 with the masks of COCO-Stuff, as two sets: its 80 things, and all of it in 27 coarse classes. */
import { type DatasetRow, IGNORE, type Layout } from './row.ts';
import { listed } from './values.ts';

/** COCO's 80 categories (cocodataset.org), in the order of their ids. */
const THINGS = `person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, parking meter,
bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee, skis,
snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, knife,
spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed,
dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase,
scissors, teddy bear, hair drier, toothbrush`;

/** Labels of COCO-Stuff (github.com/nightrome/cocostuff, labels.txt) that no picture has; masks hold a label's number less 1. */
const UNUSED = [11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90];
const USED = Array.from({ length: 182 }, (_, value) => value).filter((value) => !UNUSED.includes(value));
const BACKGROUND = 80;

/** The 27 classes of IIC (Ji et al., ICCV 2019), which COCO-Stuff's own hierarchy of labels has one level above the finest. */
const COARSE = `electronic appliance food-things furniture-things indoor kitchen accessory animal outdoor person sports vehicle
ceiling floor food-stuff furniture-stuff raw-material textile wall window building ground plant sky solid structural water`;

/** Which of them each value 0 to 181 is of (IIC's `fine_index_to_coarse_index`). */
const COARSE_OF = `9 11 11 11 11 11 11 11 11 8 8 8 8 8 8 7 7 7 7 7 7 7 7 7 7 6 6 6 6 6 6 6 6 10 10 10 10 10 10 10 10 10 10 5 5 5 5 5
5 5 5 2 2 2 2 2 2 2 2 2 2 3 3 3 3 3 3 3 3 3 3 0 0 0 0 0 0 1 1 1 1 1 1 4 4 4 4 4 4 4 4 17 17 22 20 20 22 15 25 16 13 12 12 17 17 23 15
15 17 15 21 15 25 13 13 13 13 13 22 26 14 14 15 22 21 21 24 20 22 15 17 16 15 22 24 21 17 25 16 21 17 22 16 21 21 25 21 26 21 24 20 17
14 21 26 15 23 20 21 24 15 24 22 25 15 20 17 17 22 14 18 18 18 18 18 18 18 26 26 19 19 24`;

/** The masks of stuffthingmaps_trainval2017.zip, where people unpack them, and those that mmsegmentation's converter numbers anew. */
const LAYOUTS: readonly Layout[] = [
  ...['images/val2017', 'val2017'].flatMap((images) => ['annotations/val2017', 'stuffthingmaps/val2017'].map((masks) => ({ images, masks }))),
  {
    images: 'images/val2017',
    masks: 'annotations/val2017',
    endings: { image: /\.jpg$/, mask: /_labelTrainIds\.png$/ },
    values: { to: new Map([...listed(USED), [255, 255]]) },
  },
];

const SHARED = {
  scores: 'classes',
  needs: ['root'],
  takes: ['list'],
  layouts: LAYOUTS,
  unlisted: 'all pictures of val2017 that have a mask',
} as const;

/** Everything but the 80 things is background, as in the paper's code. */
export const COCO_OBJECT: DatasetRow = {
  ...SHARED,
  about: 'COCO-Object, 80 things, val2017; --root of val2017 and the masks of COCO-Stuff, --list for the 2,175 of the paper',
  classes: {
    classes: 81,
    background: BACKGROUND,
    ignore: IGNORE,
    names: [...THINGS.split(/,\s/), 'background'],
    values: { to: new Map(USED.slice(0, BACKGROUND).map((value, thing) => [value, thing])), others: BACKGROUND },
  },
};

export const COCO_STUFF27: DatasetRow = {
  ...SHARED,
  about: 'COCO-Stuff in 27 classes, val2017; --root of val2017 and the masks of COCO-Stuff, --list for the 2,175 of the paper',
  classes: {
    classes: 27,
    ignore: IGNORE,
    names: COARSE.split(/\s/),
    values: { to: new Map([...listed(COARSE_OF.split(/\s/).map(Number)), [255, IGNORE]]) },
  },
};
