/** What `diffcut coherence` starts from: options, pictures, and what is looked for. */
import { basename, resolve } from 'node:path';
import { type Failure, readStdin } from '../jobs/inputs-node.ts';
import { type COHERENCE, checkQuery, decodeImage, type ENCODER, type Given, panelImage, type Query, type RgbImage, type Size } from '../toolkit.ts';
import { readLabels } from './files.ts';
import { UsageError } from './terminal.ts';

/** What `coherence` takes on the command line. */
export interface CoherenceOptions extends Given<typeof ENCODER>, Given<typeof COHERENCE> {
  output: string;
  encoders?: readonly string[];
  point?: [number, number][];
  box?: [number, number, number, number][];
  mask?: string;
  label?: number[];
  maps?: boolean;
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

/** @throws UsageError where an input would be written over, or standard input is named twice */
export const checkPaths = (paths: readonly string[], output: string): void => {
  if (paths.filter((path) => path === '-').length > 1) throw new UsageError('Standard input can be read only once');
  const over = paths.find((path) => resolve(path) === resolve(output));
  if (over) throw new UsageError(`${JSON.stringify(over)} is a picture to be read and would be written over: choose another name with -o`);
};

const readSource = async (path: string, panel: number | undefined, signal: AbortSignal): Promise<Picture> => {
  const source = path === '-' ? await readStdin(signal) : path;
  const picture = await decodeImage(source, { signal });
  const { width, height } = picture;
  return { path, name: path === '-' ? 'stdin' : basename(path), source, size: { width, height }, image: await panelImage(picture, panel) };
};

/** The reference, which must be there, and the targets that can be read. */
export const readPictures = async (
  paths: readonly string[],
  { panel }: CoherenceOptions,
  failures: Failure[],
  signal: AbortSignal,
): Promise<Picture[]> => {
  const pictures = [await readSource(paths[0], panel, signal)];
  for (const path of paths.slice(1)) {
    try {
      pictures.push(await readSource(path, panel, signal));
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ path, error });
    }
  }
  return pictures;
};

/** Points, then boxes, then labels, each in the order of the command line; all in the reference. */
export const queriesOf = async ({ point = [], box = [], mask, label = [] }: CoherenceOptions, { size }: Picture): Promise<Asked[]> => {
  const labels = mask === undefined ? undefined : await readLabels(mask);
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
