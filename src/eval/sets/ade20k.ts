import { type DatasetRow, IGNORE } from './row.ts';
import { run } from './values.ts';

/** The first name of each of the labels 1 to 150 in objectInfo150.txt (github.com/CSAILVision/sceneparsing). */
const NAMES =
  `wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass, cabinet, sidewalk, person, earth, door, table, mountain, plant,
curtain, chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field, armchair, seat, fence, desk, rock, wardrobe, lamp,
bathtub, railing, cushion, base, box, column, signboard, chest of drawers, counter, sand, sink, skyscraper, fireplace, refrigerator,
grandstand, path, stairs, runway, case, pool table, pillow, screen door, stairway, river, bridge, bookcase, blind, coffee table, toilet,
flower, book, hill, bench, countertop, stove, palm, kitchen island, computer, swivel chair, boat, bar, arcade machine, hovel, bus, towel,
light, truck, tower, chandelier, awning, streetlight, booth, television, airplane, dirt track, apparel, pole, land, bannister, escalator,
ottoman, bottle, buffet, poster, stage, van, ship, fountain, conveyer belt, canopy, washer, plaything, swimming pool, stool, barrel,
basket, waterfall, tent, bag, minibike, cradle, oven, ball, food, step, tank, trade name, microwave, pot, animal, bicycle, lake,
dishwasher, screen, blanket, sculpture, hood, sconce, vase, traffic light, tray, ashcan, fan, pier, crt screen, plate, monitor,
bulletin board, shower, radiator, glass, clock, flag`.split(/,\s/);

/**
 * The scene parsing benchmark, SceneParsing150. Its masks hold 0 for whatever is none of the 150. The paper's code drops 255 alone and
 * counts the values 0 to 149: 0 is a class there, and pixels of the label 150 (flag) count nowhere. That is the first rule, since the
 * paper's figures are made by it; the other is the benchmark's own.
 */
export const ADE20K: DatasetRow = {
  about: 'ADE20K, 150 classes, validation; --root ADEChallengeData2016',
  scores: 'classes',
  needs: ['root'],
  takes: ['rule'],
  layouts: [{ images: 'images/validation', masks: 'annotations/validation' }],
  rules: {
    published: {
      classes: 150,
      ignore: IGNORE,
      names: ['other', ...NAMES.slice(0, 149)],
      values: { to: new Map([...run(0, 149, 0), [150, IGNORE], [255, IGNORE]]) },
      note: "labels by the paper's rule (0 is a class, 150 is left out)",
    },
    clean: {
      classes: 150,
      ignore: IGNORE,
      names: NAMES,
      values: { to: new Map([[0, IGNORE], ...run(1, 150, 0), [255, IGNORE]]) },
      note: 'labels by the clean rule (1 to 150, 0 is left out)',
    },
  },
};
