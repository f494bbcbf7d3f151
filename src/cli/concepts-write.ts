/** The files of `concepts`: what stands in their way is told before the work, and what is written is whole. */
import { join } from 'node:path';
import { toldPath } from '../jobs/inputs-node.ts';
import type { Mark } from '../jobs/ledger-node.ts';
import { checkWritable } from '../jobs/outputs-node.ts';
import { InTheWay } from '../jobs/place-node.ts';
import { checkSet, removeSet, writeSet } from '../sets/write-node.ts';
import { textIfThere } from '../system-errors-node.ts';
import {
  type ConceptsRecord,
  conceptColours,
  conceptsRecord,
  conceptsText,
  DEFAULT_ENCODER,
  encodeIndexedPng,
  hexColours,
  type Known,
  readConcepts,
  renamed,
  type SegmentVectors,
  type SetFile,
  toldRow,
} from '../toolkit.ts';
import { VERSION } from '../version-node.ts';
import { type FoundPicture, foundText } from './concepts-found.ts';
import { pageOf } from './concepts-page.ts';
import { askedOf, type ConceptsOptions, checkSegments, type Findings, type Kept, LABELS, type PictureJob, type Run } from './concepts-segments.ts';

/** All but the label maps, which lie in a folder. */
const PAGE = 'concepts.html';
const FOUND = 'found.json';
const RECORD = 'concepts.json';

const settingsOf = (options: ConceptsOptions): Record<string, unknown> => {
  const { k, price, alpha, assign, together } = options;
  return JSON.parse(JSON.stringify({ k, price, alpha, assign, together, ...askedOf(options) }));
};

const markOf = (pictures: number, options: ConceptsOptions): Mark => ({ picture: { name: `${pictures} pictures` }, asked: settingsOf(options) });

/** @throws InputError for concepts that somebody named, of which nothing else may know */
const checkNames = async (path: string): Promise<void> => {
  const text = await textIfThere(path);
  if (text === undefined || !readConceptsIfAny(text).some(({ name }) => name !== undefined)) return;
  throw new InTheWay(path, 'has names: --assign takes them along, --overwrite replaces them, or choose another folder with -o');
};

/** None where the file is none of concepts: that is told in its turn. */
const readConceptsIfAny = (text: string): Known[] => {
  try {
    return readConcepts(text, RECORD).concepts;
  } catch {
    return [];
  }
};

/**
 * Makes the folder of all results, and looks whether everything can be written there.
 * @returns whether it is new
 * @throws InputError with what is in the way
 */
export const checkOutputs = async (jobs: readonly PictureJob[], options: ConceptsOptions): Promise<boolean> => {
  const { output, overwrite, durable, together, reference } = options;
  const isNew = await checkWritable(output, durable);
  const where = { overwrite, mark: markOf(jobs.length, options) };
  if (!together) await checkSegments(jobs, options);
  await checkSet(join(output, LABELS), { ...where, isFolder: true });
  if (!overwrite && options.assign === undefined) await checkNames(join(output, RECORD));
  for (const name of [PAGE, RECORD, ...(reference === undefined ? [] : [FOUND])]) await checkSet(join(output, name), { ...where, isFolder: false });
  return isNew;
};

/** Concepts that have no name yet, each with its colour. */
export const knownOf = (vectors: SegmentVectors): Known[] => {
  const colourOf = hexColours();
  return Array.from({ length: vectors.count }, (_, id) => ({ id, colour: colourOf(id), vectors: [toldRow(vectors, id)] }));
};

/** What concepts.json tells. */
export const recordOf = ({ pictures, known, placed, price }: Findings, options: ConceptsOptions): ConceptsRecord => {
  const parts = pictures.map(({ job, vectors, shares }) => ({ path: toldPath(job.picture.path), labels: job.labels, vectors, shares }));
  return conceptsRecord(known, parts, placed, {
    diffcut: VERSION,
    encoder: options.encoder ?? DEFAULT_ENCODER,
    settings: settingsOf({ ...options, price }),
  });
};

/** Label maps of all pictures, the concepts their ids. */
const labelFiles = async function* (pictures: readonly Kept[], { concepts, pictures: told }: ConceptsRecord): AsyncGenerator<SetFile> {
  const palette = new Uint8Array(768);
  palette.set(conceptColours(concepts));
  for (const [p, { job, map }] of pictures.entries()) {
    const of = new Map(told[p].segments.map(([id, concept]) => [id, concept]));
    const labels = renamed(await map(), (id) => of.get(id) ?? 0);
    yield { path: job.labels.slice(LABELS.length + 1), content: await encodeIndexedPng(labels, palette) };
  }
};

const textFile = async function* (text: string): AsyncGenerator<SetFile> {
  yield { path: '', content: new TextEncoder().encode(text) };
};

/** Writes what tells of all pictures together; what an earlier run wrote is replaced, and a ranking that was not asked for now goes. */
export const writeAll = async (pictures: readonly Kept[], record: ConceptsRecord, found: readonly FoundPicture[], run: Run): Promise<void> => {
  const { options, failures, signal } = run;
  const { output, overwrite, durable } = options;
  const mark = markOf(pictures.length, options);
  const write = (name: string, isFolder: boolean, files: AsyncIterable<SetFile>): Promise<number> =>
    writeSet(join(output, name), files, { isFolder, overwrite, durable, mark, signal });
  await write(LABELS, true, labelFiles(pictures, record));
  await write(PAGE, false, textFile(await pageOf(pictures, record, found, options, failures, signal)));
  if (options.reference === undefined) await removeSet(join(output, FOUND), mark);
  else await write(FOUND, false, textFile(foundText(options, found)));
  await write(RECORD, false, textFile(conceptsText(record)));
};
