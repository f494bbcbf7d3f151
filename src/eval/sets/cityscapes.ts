import { CITYSCAPES_NAMES } from '../../toolkit.ts';
import { type DatasetRow, IGNORE } from './row.ts';
import { run } from './values.ts';

/**
 * Names and ids of cityscapesScripts' `helpers/labels.py`. All 27 classes from road to bicycle count, those among them, too,
 * that the set's own benchmark of 19 leaves out; ids below 7 are no class.
 */
export const CITYSCAPES: DatasetRow = {
  about: 'Cityscapes, 27 classes, val; --root of leftImg8bit and gtFine',
  scores: 'classes',
  needs: ['root'],
  takes: [],
  layouts: [
    {
      images: 'leftImg8bit/val',
      masks: 'gtFine/val',
      endings: { image: /_leftImg8bit\.png$/, mask: /_gtFine_labelIds\.png$/ },
      deep: true, // a folder a city
    },
  ],
  classes: { classes: 27, ignore: IGNORE, names: CITYSCAPES_NAMES, values: { to: new Map(run(7, 33, 0)), others: IGNORE } },
};
