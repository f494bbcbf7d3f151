/** Each set in each of its layouts, as a tiny tree on the disk. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeImage, decodeLabelPng, encodeIndexedPng, encodeJpeg, encodePng, segmentPalette } from '../../toolkit.ts';
import { classRows } from '../class-protocol/protocol.ts';
import { classTable, DATASETS, findDataset, resolveItems } from '../datasets.ts';
import { filesOf, readPair } from '../disk.ts';
import { protocolLine } from '../report/evaluation.ts';
import { type DatasetOptions, IGNORE } from './row.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'diffcut sets '));
});
afterEach(() => rm(root, { recursive: true }));

const write = async (path: string, content: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};

/** A line of pixels, as wide as the mask that goes with it. */
const writePicture = async (path: string, width = 1): Promise<void> =>
  write(path, await (path.endsWith('.jpg') ? encodeJpeg : encodePng)({ data: new Uint8Array(width * 3), width, height: 1 }));

const writeMask = async (path: string, values: readonly number[] = [0]): Promise<void> =>
  write(path, await encodeIndexedPng({ data: Int32Array.from(values), width: values.length, height: 1 }, segmentPalette(256)));

const resolved = (dataset: string, given: DatasetOptions = {}) => {
  const all = { root, ...given };
  return resolveItems(findDataset(dataset, all), all, filesOf());
};
const idsOf = async (dataset: string, given?: DatasetOptions) => (await resolved(dataset, given)).map(({ id }) => id);

/** What `eval` sees of the only mask. */
const classesIn = async (dataset: string, given?: DatasetOptions): Promise<number[]> => {
  const [item] = await resolved(dataset, given);
  return [...(await readPair({ decodeImage, decodeLabelPng }, item)).masks[0].data];
};

const range = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => first + i);
const same = (values: readonly number[]): [number[], number[]] => [[...values], [...values]];

/** The 80 things' numbers in COCO, and no others of 1 to 90. */
const THINGS = range(90, 1).filter((id) => ![12, 26, 29, 30, 45, 66, 68, 69, 71, 83].includes(id));
const UNUSED = [12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91].map((id) => id - 1);
const THING_VALUES = THINGS.map((id) => id - 1);

interface Tree {
  dataset: string;
  picture: string;
  mask: string;
  list?: string;
  given?: DatasetOptions;
  /** Values of the mask and the classes that they are. */
  values: [masks: readonly number[], classes: readonly number[]];
}

const coco = (dataset: string, masks: string, values: Tree['values']): Tree[] => [
  { dataset, picture: 'images/val2017/a.jpg', mask: `${masks}/a.png`, values },
  { dataset, picture: 'val2017/a.jpg', mask: `${masks}/a.png`, values },
];

const OBJECT_VALUES: Tree['values'] = [
  [...THING_VALUES, ...UNUSED, 91, 181, 255],
  [...range(80), ...Array(UNUSED.length + 3).fill(80)],
];
/** The first value of each coarse class, in their order. */
const STUFF_VALUES: Tree['values'] = [
  [71, 77, 51, 61, 83, 43, 25, 15, 9, 0, 33, 1, 101, 100, 120, 97, 99, 91, 170, 179, 94, 110, 93, 105, 126, 98, 119, 255],
  [...range(27), IGNORE],
];

const TREES: Tree[] = [
  {
    dataset: 'voc2012',
    picture: 'JPEGImages/a.jpg',
    mask: 'SegmentationClass/a.png',
    list: 'ImageSets/Segmentation/val.txt',
    values: same([...range(21), 255]),
  },
  {
    dataset: 'voc2012',
    picture: 'images/validation/a.jpg',
    mask: 'annotations_pascal20/validation/a.png',
    values: [
      [...range(20), 255],
      [...range(20, 1), 0],
    ],
  },
  {
    dataset: 'context',
    picture: 'images/validation/a.jpg',
    mask: 'annotations_ctx59/validation/a.png',
    values: [
      [...range(59), 255],
      [...range(59), 59],
    ],
  },
  {
    dataset: 'context',
    picture: 'JPEGImages/a.jpg',
    mask: 'SegmentationClassContext/a.png',
    list: 'ImageSets/SegmentationContext/val.txt',
    values: [range(60), [59, ...range(59)]],
  },
  ...['annotations/val2017', 'stuffthingmaps/val2017'].flatMap((masks) => [
    ...coco('coco-object', masks, OBJECT_VALUES),
    ...coco('coco-stuff27', masks, STUFF_VALUES),
  ]),
  {
    dataset: 'coco-object',
    picture: 'images/val2017/a.jpg',
    mask: 'annotations/val2017/a_labelTrainIds.png',
    values: [
      [...range(171), 255],
      [...range(80), ...Array(92).fill(80)],
    ],
  },
  {
    dataset: 'coco-stuff27',
    picture: 'images/val2017/a.jpg',
    mask: 'annotations/val2017/a_labelTrainIds.png',
    values: [
      [0, 79, 80, 170, 255],
      [9, 4, 17, 24, IGNORE],
    ],
  },
  {
    dataset: 'cityscapes',
    picture: 'leftImg8bit/val/ulm/a_leftImg8bit.png',
    mask: 'gtFine/val/ulm/a_gtFine_labelIds.png',
    values: [
      [...range(34), 255],
      [...Array(7).fill(IGNORE), ...range(27), IGNORE],
    ],
  },
  {
    dataset: 'ade20k',
    picture: 'images/validation/a.jpg',
    mask: 'annotations/validation/a.png',
    values: [
      [...range(151), 255],
      [...range(150), IGNORE, IGNORE],
    ],
  },
  {
    dataset: 'ade20k',
    given: { rule: 'clean' },
    picture: 'images/validation/a.jpg',
    mask: 'annotations/validation/a.png',
    values: [
      [...range(151), 255],
      [IGNORE, ...range(150), IGNORE],
    ],
  },
];

describe('each layout', () => {
  it.each(TREES)('$dataset, $mask, $given', async ({ dataset, picture, mask, list, given, values: [masks, classes] }) => {
    await writePicture(picture, masks.length);
    await writeMask(mask, masks);
    if (list) await write(list, 'a\n');
    expect(await idsOf(dataset, given)).toEqual(['a']);
    expect(await classesIn(dataset, given)).toEqual(classes);
  });

  it('is tried in turn: the set’s own goes first, and one without a mask of a picture is none', async () => {
    await writePicture('images/validation/b.jpg');
    await writeMask('annotations_pascal20/validation/b.png');
    await writePicture('JPEGImages/a.jpg');
    await mkdir(join(root, 'SegmentationClass'));
    expect(await idsOf('voc2012')).toEqual(['b']);
    await writeMask('SegmentationClass/a.png');
    await write('ImageSets/Segmentation/val.txt', 'a\n');
    expect(await idsOf('voc2012')).toEqual(['a']);
  });

  it.each([
    ['context', /No picture with a mask below .*: looked in images\/validation with annotations_ctx59\/validation, or JPEGImages with Segm/],
    ['coco-stuff27', /looked in images\/val2017 with annotations\/val2017, or images\/val2017 with stuffthingmaps\/val2017, or val2017 with/],
    ['cityscapes', /looked in leftImg8bit\/val with gtFine\/val \(Cityscapes/],
    ['ade20k', /looked in images\/validation with annotations\/validation/],
  ])('is told where none is there: %s', async (dataset, message) => {
    await expect(resolved(dataset)).rejects.toThrow(message);
    await expect(resolved(dataset)).rejects.toMatchObject({ code: 'E_FILE' });
  });
});

describe('pictures', () => {
  it('of Cityscapes lie in folders by city and go by their own names', async () => {
    for (const id of ['munster_1', 'lindau_2', 'lindau_1']) {
      const [city] = id.split('_');
      await writePicture(`leftImg8bit/val/${city}/${id}_leftImg8bit.png`);
      for (const what of ['labelIds', 'labelTrainIds', 'color', 'instanceIds']) await writeMask(`gtFine/val/${city}/${id}_gtFine_${what}.png`);
    }
    const items = await resolved('cityscapes');
    expect(items.map(({ id }) => id)).toEqual(['lindau_1', 'lindau_2', 'munster_1']);
    expect(items[2].maskPaths).toEqual([join(root, 'gtFine', 'val', 'munster', 'munster_1_gtFine_labelIds.png')]);
  });

  it('of COCO are those of the list, or all that have a mask', async () => {
    for (const id of ['1', '2', '3']) await writePicture(`val2017/${id}.jpg`);
    for (const id of ['1', '2']) await writeMask(`annotations/val2017/${id}.png`);
    expect(await idsOf('coco-object')).toEqual(['1', '2']);
    await write('ids.txt', '2\n1\n');
    expect(await idsOf('coco-object', { list: join(root, 'ids.txt') })).toEqual(['2', '1']);
    await write('ids.txt', '2\n3\n');
    await expect(idsOf('coco-object', { list: join(root, 'ids.txt') })).rejects.toThrow(/The mask 3\.png is missing/);
  });
});

describe('labels', () => {
  it.each([
    ['context', 'images/validation/a.jpg', 'annotations_ctx59/validation/a.png', 60],
    ['context', 'JPEGImages/a.jpg', 'SegmentationClassContext/a.png', 60],
    ['coco-stuff27', 'val2017/a.jpg', 'annotations/val2017/a.png', 182],
    ['coco-object', 'images/val2017/a.jpg', 'annotations/val2017/a_labelTrainIds.png', 171],
    ['ade20k', 'images/validation/a.jpg', 'annotations/validation/a.png', 151],
  ])('that a set does not have are an error: %s, %s', async (dataset, picture, mask, value) => {
    await writePicture(picture);
    await writeMask(mask, [value]);
    await write('ImageSets/SegmentationContext/val.txt', 'a\n');
    await expect(classesIn(dataset)).rejects.toThrow(new RegExp(`holds ${value}, which is no label of this data set`));
  });

  it.each([
    ['voc2012', 21, 0, 'background', 'tvmonitor'],
    ['context', 60, 59, 'aeroplane', 'background'],
    ['coco-object', 81, 80, 'person', 'background'],
    ['coco-stuff27', 27, undefined, 'electronic', 'water'],
    ['cityscapes', 27, undefined, 'road', 'bicycle'],
    ['ade20k', 150, undefined, 'other', 'clock'],
  ])('are so many classes, each with a name: %s', (dataset, classes, background, first, last) => {
    const { names = [], ...table } = classTable(DATASETS[dataset], {});
    expect(table).toMatchObject({ classes, ignore: IGNORE });
    expect(table.background).toBe(background);
    expect([names[0], names.at(-1), new Set(names).size]).toEqual([first, last, classes]);
  });

  it('of ADE20K are classes in two ways, and no other set has one to choose', () => {
    const { names, classes } = classTable(DATASETS.ade20k, { rule: 'clean' });
    expect([classes, names?.[0], names?.[149]]).toEqual([150, 'wall', 'flag']);
    expect(() => findDataset('ade20k', { root, rule: 'cleen' })).toThrow(/Unknown rule "cleen": did you mean "clean"/);
    expect(() => findDataset('voc2012', { root, rule: 'clean' })).toThrow(/takes no --rule/);
  });

  it('of COCO-Stuff fall into 27 classes, so many values each', () => {
    const { values, names = [] } = classTable(DATASETS['coco-stuff27'], {});
    const counts = Array(27).fill(0);
    for (const [value, to] of values?.to ?? []) if (value !== 255) counts[to]++;
    expect(Object.fromEntries(names.map((name, i) => [name, counts[i]]))).toEqual({
      electronic: 6,
      appliance: 6,
      'food-things': 10,
      'furniture-things': 10,
      indoor: 8,
      kitchen: 8,
      accessory: 8,
      animal: 10,
      outdoor: 6,
      person: 1,
      sports: 10,
      vehicle: 8,
      ceiling: 2,
      floor: 6,
      'food-stuff': 4,
      'furniture-stuff': 11,
      'raw-material': 4,
      textile: 11,
      wall: 7,
      window: 2,
      building: 6,
      ground: 11,
      plant: 9,
      sky: 2,
      solid: 6,
      structural: 5,
      water: 5,
    });
  });
});

describe('the protocol line', () => {
  const rows = classRows(27, IGNORE);
  const line = (settings: Record<string, string | null>) => protocolLine({ classes: { rows }, settings: { refine: 'pamr', ...settings } });

  it('says what the labels and pictures hang on', () => {
    expect(line({ dataset: 'ade20k', rule: 'published' })).toMatch(/IoU over the set, labels by the paper's rule \(0 is a class, 150 is left out\)$/);
    expect(line({ dataset: 'ade20k', rule: 'clean' })).toMatch(/labels by the clean rule \(1 to 150, 0 is left out\)$/);
    expect(line({ dataset: 'coco-stuff27', list: null })).toMatch(/IoU over the set, all pictures of val2017 that have a mask$/);
    expect(line({ dataset: 'coco-object', list: '/ids.txt' })).toMatch(/IoU over the set, the pictures of a list$/);
    expect(line({ dataset: 'voc2012', list: null })).toMatch(/IoU over the set$/);
  });
});
