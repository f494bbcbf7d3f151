/** What a JSON tells of a segmented picture: the command line's, and that of whoever else writes one. */
import { expected, kindOf } from '../errors.ts';
import { toldGeo } from '../geo.ts';
import type { PictureSource, Segment } from '../types.ts';

/** What a record is made from. */
export interface RecordParts {
  /** The picture at its own size; `source` says how its file was read. */
  picture: { width: number; height: number; source?: PictureSource };
  /** What is known of its file, before all else of the picture. */
  file?: { name?: string; bytes?: number; modified?: string };
  /** What was used: `options` of what `segment` gave, or `usedOptions`. */
  options: object;
  /** Name of the file that the features came from, where they were given. */
  features?: string;
  /** `lost` of what `segment` or `draw` gave. */
  lost?: number;
  /** The options that were given, as they were. */
  asked?: object;
  /** The package's, as its package.json has it. */
  version?: string;
  /** Milliseconds a stage; a tenth is told. */
  timings?: Record<string, number>;
  segments: readonly Segment[];
}

const inMilliseconds = (timings: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(timings).map(([stage, ms]) => [stage, Math.round(ms * 10) / 10]));

/** All but the tags of the georeference, which are numbers without words. */
const toldSource = ({ geo, ...rest }: Partial<PictureSource>): object => ({ ...rest, ...(geo && { geo: toldGeo(geo) }) });

/**
 * The JSON of a segmented picture as `diffcut segment` writes it (docs/outputs.md), its members in that order: what `FORMATS.json`
 * makes a file of. What is left out is not in it.
 * @throws InputError for parts that are none
 */
export const recordOf = (parts: RecordParts): Record<string, unknown> => {
  if (kindOf(parts) !== 'Object') throw expected('{ picture, options, segments, ... }', 'the parts of the record', parts);
  const { picture, file, options, features, lost, asked, version, timings, segments } = parts;
  for (const [name, part] of Object.entries({ picture, options })) if (kindOf(part) !== 'Object') throw expected('an object', name, part);
  if (!Array.isArray(segments)) throw expected('what describe gave', 'segments', segments);
  const told = {
    picture: { ...file, width: picture.width, height: picture.height, ...toldSource(picture.source ?? {}) },
    ...options,
    features,
    lost,
    asked,
    version,
  };
  const record = { ...told, timings: timings && inMilliseconds(timings), segments };
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
};
