/** The pictures that a command line names, for the page to ask for. */
import { stat } from 'node:fs/promises';
import { type Failure, findPictures } from '../jobs/inputs-node.ts';
import { notRead } from '../system-errors-node.ts';

/** A picture on this machine. */
export interface Input {
  path: string;
  bytes: number;
}

/** The folder that `diffcut segment` writes to where it is not told another: what lies there is no input. */
const OUTPUT = 'diffcut-output';

interface Found {
  inputs: Input[];
  /** What could not be looked at. */
  failures: Failure[];
  /** How many files of each ending that is not read lay among them. */
  unread: ReadonlyMap<string, number>;
}

/** @throws InputError for what is no file, such as a pipe */
const inputOf = async (path: string): Promise<Input> => {
  const there = await stat(path);
  if (!there.isFile()) throw notRead(path, { code: there.isFIFO() ? 'EPIPE' : 'ENODEV' });
  return { path, bytes: there.size };
};

/** Files, folders and globs; by folder, below it too where `recursive`. */
export const findInputs = async (args: readonly string[], recursive: boolean): Promise<Found> => {
  const { pictures, failures, unread } = await findPictures(args, { recursive, output: OUTPUT });
  const inputs: Input[] = [];
  for (const { path } of pictures) {
    try {
      inputs.push(await inputOf(path));
    } catch (error) {
      failures.push({ path, error: notRead(path, error) });
    }
  }
  return { inputs, failures, unread };
};
