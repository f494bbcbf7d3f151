import { ADE20K_NAMES } from '../../toolkit.ts';
import { type DatasetRow, IGNORE } from './row.ts';
import { run } from './values.ts';

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
      names: ['other', ...ADE20K_NAMES.slice(0, 149)],
      values: { to: new Map([...run(0, 149, 0), [150, IGNORE], [255, IGNORE]]) },
      note: "labels by the paper's rule (0 is a class, 150 is left out)",
    },
    clean: {
      classes: 150,
      ignore: IGNORE,
      names: ADE20K_NAMES,
      values: { to: new Map([[0, IGNORE], ...run(1, 150, 0), [255, IGNORE]]) },
      note: 'labels by the clean rule (1 to 150, 0 is left out)',
    },
  },
};
