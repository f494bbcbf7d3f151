/** Options of what names segments. */
import { ANY_ENCODER } from './encoders.ts';
import { choice, flag, number, type OptionSpec, optional } from './spec.ts';

const areNames = (v: unknown): boolean => Array.isArray(v) && v.length > 0 && v.every((name) => typeof name === 'string' && name.trim() !== '');

const isText = (v: unknown): boolean => typeof v === 'string' && v !== '';

/** `openNamer(model, options)`: one of classes and vocabulary. */
export const NAMING = {
  /** names that segments may get; synonyms of one with commas between (a list of names) */
  classes: optional<readonly string[]>('a list of names', areNames, 'names that segments may get; synonyms of one with commas between'),
  /** a data set's names: voc, context, coco, ade20k or cityscapes (the name of a list) */
  vocabulary: optional<string>('the name of a list', isText, "a data set's names: voc, context, coco, ade20k or cityscapes"),
  /** no name for a segment whose best one has a smaller share (a number from 0 to 1; default: 0) */
  minScore: number(0, 0, 1, 'no name for a segment whose best one has a smaller share'),
  /** a ViT's last block: its values alone, or with what the block adds (residual) (one of values, residual; default: values) */
  dense: choice('values', ['values', 'residual'], "a ViT's last block: its values alone, or with what the block adds (residual)"),
  /** side of the model's square input, pixels; the model's own where not given (a whole number from 32 to 4096) */
  size: number(undefined, 32, 4096, "side of the model's square input, pixels; the model's own where not given", true),
  device: ANY_ENCODER.device,
  threads: ANY_ENCODER.threads,
  worker: ANY_ENCODER.worker,
};

/** What `diffcut segment` takes, where segments are to be named. */
export const NAMES = {
  classes: NAMING.classes,
  vocabulary: NAMING.vocabulary,
  /** what names segments (the name of a model, or a folder; default: tinyclip-8m) */
  namesModel: {
    default: 'tinyclip-8m',
    wanted: 'the name of a model, or a folder',
    accepts: isText,
    help: 'what names segments',
  } as OptionSpec<string>,
  minScore: NAMING.minScore,
  dense: NAMING.dense,
  /** segments that touch and have one name become one (true or false; default: false) */
  mergeNames: flag(false, 'segments that touch and have one name become one'),
  /** only the segments of these names; all else is 0 (a list of names) */
  only: optional<readonly string[]>('a list of names', areNames, 'only the segments of these names; all else is 0'),
};
