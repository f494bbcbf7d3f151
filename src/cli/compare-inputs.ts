/** What `diffcut compare` starts from: methods with their encoders' options, and pictures. */
import { contentOf, type Failure, findPictures, type Picture, unreadText } from '../jobs/inputs-node.ts';
import { statIfThere } from '../system-errors-node.ts';
import {
  type COMPARE,
  comparisonSize,
  DEFAULT_METHODS,
  type DRAWING,
  type ENCODER,
  type Given,
  isPublished,
  type Method,
  methodOf,
  openPicture,
  type PictureFile,
  type READING,
  type Resolved,
  type Shown,
  shareOptions,
  shownAs,
  withEncoder,
} from '../toolkit.ts';
import { count } from './batch.ts';
import { checkFigurePlace, checkFigureSize } from './figure-file.ts';
import { encoderOptionsOf, sayNotes, withNoise } from './files.ts';
import { readingOptionsOf } from './options.ts';
import { say, UsageError, usageIfOption } from './terminal.ts';

/** What `compare` takes on the command line. */
export interface CompareOptions
  extends Given<typeof ENCODER>,
    Given<typeof READING>,
    Pick<Given<typeof DRAWING>, 'refine'>,
    Resolved<typeof COMPARE> {
  output: string;
  methods?: readonly string[];
  encoders?: readonly string[];
  recursive?: boolean;
  overwrite?: boolean;
  durable?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** A method, and all that its encoder is opened with. */
export interface Column {
  method: Method;
  opens: Given<typeof ENCODER>;
}

/** A picture that could be opened, as it is in the figure; or why it could not. */
export type Opened = { picture: Picture; shown: Shown; open(): Promise<PictureFile> } | { picture: Picture; error: unknown };

/** Options of encoders that say how the work is done, not what comes out. */
const INDIFFERENT: readonly string[] = ['threads', 'device', 'worker', 'cacheFeatures'];

/** The methods that were asked for, with every encoder where encoders were, each once. @throws UsageError for pairs with encoders beside */
const methodsOf = ({ methods, encoders, quiet }: CompareOptions): Method[] => {
  const asked = (methods ?? DEFAULT_METHODS).map(methodOf);
  const paired = methods?.find((name) => name.includes(':'));
  if (encoders && paired) throw new UsageError(`Both ${paired} and --encoders say whose features: leave one out`);
  const all = encoders ? asked.flatMap((method) => encoders.map((encoder) => withEncoder(method, encoder))) : asked;
  const columns = new Map(all.map((method) => [method.name, method]));
  if (columns.size < all.length && !quiet) say(`With these encoders several methods are the same: ${count(columns.size, 'column')}`);
  return [...columns.values()];
};

/** What of the options would make a published method another one. @param opens its encoder is given, none undefined */
const changeTo = ({ settings }: Method, opens: Given<typeof ENCODER>, { refine }: CompareOptions): string | undefined =>
  refine !== undefined && settings.refine !== undefined && refine !== settings.refine
    ? 'refine'
    : Object.keys(opens).find((key) => !INDIFFERENT.includes(key));

/** @throws UsageError for an option that none of the encoders takes, or that would make a published method another one */
export const columnsOf = async (options: CompareOptions, signal: AbortSignal): Promise<Column[]> => {
  const methods = methodsOf(options);
  const names = methods.map(({ encoder }) => encoder);
  const shares = await shareOptions(names, await withNoise(encoderOptionsOf({ ...options }), signal)).catch(usageIfOption);
  const columns = methods.map((method, i) => {
    const own = Object.fromEntries(Object.entries(shares[i]).filter(([, value]) => value !== undefined));
    const changed = isPublished(method) && changeTo(method, own, options);
    const pair = `${method.solver}:${method.encoder}`;
    if (changed) throw new UsageError(`${method.name} is compared as it was published, and ${changed} was given: name ${pair} instead`);
    return { method, opens: { ...method.opens, ...own } };
  });
  for (const { method, opens } of columns) await shareOptions([method.encoder], opens).catch(usageIfOption); // what a solver asks of its encoder
  return columns;
};

const openFile = async (picture: Picture, options: CompareOptions, signal: AbortSignal): Promise<PictureFile> => {
  const reading = readingOptionsOf({ ...options });
  return openPicture(await contentOf(picture, reading, signal), { ...reading, signal });
};

const openOne = async (picture: Picture, options: CompareOptions, signal: AbortSignal): Promise<Opened> => {
  try {
    const file = await openFile(picture, options, signal);
    const shown = await shownAs(file, options.width, signal);
    if (!options.quiet) sayNotes(picture.path, { ...shown.image, source: file.source });
    // a file on a disk is opened anew for each encoder: what its reader keeps is not kept for many; what comes once stays
    const isOnDisk = picture.from === 'file' && (await statIfThere(picture.path))?.isFile();
    return { picture, shown, open: isOnDisk ? () => openFile(picture, options, signal) : async () => file };
  } catch (error) {
    signal.throwIfAborted();
    return { picture, error };
  }
};

/**
 * What the arguments name, each opened once.
 * @param columns how many there are
 * @throws InputError where the figure cannot be written, is there already, is one of the pictures, or would be too large
 */
export const openPictures = async (
  args: readonly string[],
  options: CompareOptions,
  columns: number,
  signal: AbortSignal,
): Promise<{ pictures: Opened[]; failures: Failure[] }> => {
  const { output, recursive, overwrite, quiet, width } = options;
  const found = await findPictures(args, { output, recursive, signal });
  if (found.unread.size > 0 && !quiet) say(`Not read: ${unreadText(found.unread)}`);
  const files = found.pictures.filter(({ from }) => from === 'file').map(({ path }) => path);
  await checkFigurePlace(output, files, overwrite);
  const pictures: Opened[] = [];
  for (const picture of found.pictures) pictures.push(await openOne(picture, options, signal));
  const heights = pictures.map((one) => ('shown' in one ? one.shown.image.height : 0));
  checkFigureSize(output, comparisonSize(columns, heights, width));
  const failed = pictures.flatMap((one) => ('error' in one ? [{ path: one.picture.path, error: one.error }] : []));
  return { pictures, failures: [...found.failures, ...failed] };
};
