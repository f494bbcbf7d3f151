/** What `diffcut coherence` starts from: options, pictures, and what is looked for. */
import { basename } from 'node:path';
import { baseName, type Failure, sourceNamed } from '../jobs/inputs-node.ts';
import { checkNew } from '../jobs/outputs-node.ts';
import {
  type COHERENCE,
  checkQuery,
  decodeImage,
  type ENCODER,
  type Given,
  panelImage,
  type Query,
  type READING,
  type RgbImage,
  type Size,
} from '../toolkit.ts';
import { readLabels, sayNotes } from './files.ts';
import { readingOptionsOf } from './options.ts';
import { UsageError } from './terminal.ts';

/** What `coherence` takes on the command line. */
export interface CoherenceOptions extends Given<typeof ENCODER>, Given<typeof COHERENCE>, Given<typeof READING> {
  output: string;
  encoders?: readonly string[];
  point?: [number, number][];
  box?: [number, number, number, number][];
  mask?: string;
  label?: number[];
  maps?: boolean;
  overwrite?: boolean;
  durable?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** A picture that could be read. It is decoded anew for every encoder: many large ones do not lie in memory together. */
export interface Picture {
  path: string;
  name: string;
  source: string | Uint8Array;
  size: Size;
  /** As it is in the figure. */
  image: RgbImage;
}

/** What is looked for, in the words of the figure and of the JSON. */
export interface Asked {
  query: Query;
  text: string;
  record: object;
}

/**
 * @param outputs the figure, and the folder of maps where there is one
 * @throws UsageError where standard input is named twice; InputError where a file would be written over
 */
export const checkPaths = async (paths: readonly string[], outputs: readonly string[], { mask, overwrite }: CoherenceOptions): Promise<void> => {
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('Standard input can be read only once');
  await checkNew(outputs, overwrite, [...paths, ...(mask === undefined ? [] : [mask])]);
};

const readSource = async (path: string, options: CoherenceOptions, signal: AbortSignal): Promise<Picture> => {
  const source = await sourceNamed(path, options, signal);
  const picture = await decodeImage(source, { ...readingOptionsOf({ ...options }), signal });
  if (!options.quiet) sayNotes(path, picture);
  const { width, height } = picture;
  return { path, name: baseName(path), source, size: { width, height }, image: await panelImage(picture, options.panel) };
};

/** The reference, which must be there, and the targets that can be read. */
export const readPictures = async (
  paths: readonly string[],
  options: CoherenceOptions,
  failures: Failure[],
  signal: AbortSignal,
): Promise<Picture[]> => {
  const pictures = [await readSource(paths[0], options, signal)];
  for (const path of paths.slice(1)) {
    try {
      pictures.push(await readSource(path, options, signal));
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ path, error });
    }
  }
  return pictures;
};

/** Points, then boxes, then labels, each in the order of the command line; all in the reference. */
export const queriesOf = async (
  { point = [], box = [], mask, label = [] }: CoherenceOptions,
  { size }: Picture,
  signal: AbortSignal,
): Promise<Asked[]> => {
  const labels = mask === undefined ? undefined : await readLabels(mask, signal);
  const asked: Asked[] = [
    ...point.map((query) => ({ query, text: `marked at ${query.join(', ')}`, record: { point: query } })),
    ...box.map((boxXYWH) => {
      const [x, y, width, height] = boxXYWH;
      return { query: { boxXYWH }, text: `box of ${width} × ${height} at ${x}, ${y}`, record: { boxXYWH } };
    }),
    ...(labels ? label.map((id) => ({ query: { labels, id }, text: `label ${id} of ${basename(mask ?? '')}`, record: { mask, label: id } })) : []),
  ];
  for (const { query } of asked) checkQuery(query, size);
  return asked;
};
