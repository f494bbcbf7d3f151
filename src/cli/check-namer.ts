/** What names segments, beside what open_clip or transformers gave for the same picture and the same words. */
import { join } from 'node:path';
import { readInput } from '../pipes-node.ts';
import { isFile } from '../system-errors-node.ts';
import {
  type ANY_ENCODER,
  describeSegments,
  type Given,
  InputError,
  labelsFromNpy,
  locateNamer,
  openClip,
  parseVocabulary,
  readNpy,
  type Vocabulary,
} from '../toolkit.ts';
import { readPicture } from './files.ts';

/** Relative error up to which vectors are the same: what other kernels cost in single precision, and room to spare. */
export const SAME_VECTORS = 1e-3;

const [WORDS, LABELS] = ['vocabulary.txt', 'labels.npy'];

/** Whether a folder was saved for what names segments. */
export const isNamersGolden = (golden: string): Promise<boolean> => isFile(join(golden, WORDS));

export interface NamerComparison {
  name: string;
  device: string;
  size: number;
  names: number;
  /** |ours - theirs| / |theirs|: of the segments' vectors, of the names', and of their logits. */
  errors: { segments: number; texts: number; logits: number };
  /** Segments that get the same name. */
  sameNames: [same: number, all: number];
  same: boolean;
}

const errorOf = (ours: Float32Array, theirs: Float32Array): number => {
  const sum = (of: (i: number) => number): number => theirs.reduce((all, _, i) => all + of(i) ** 2, 0);
  return Math.sqrt(sum((i) => ours[i] - theirs[i]) / sum((i) => theirs[i]));
};

/** Rows of numbers that were saved. @throws InputError for another number of them, or what is none */
const readRows = async (golden: string, name: string, rows: number, columns: number, signal: AbortSignal): Promise<Float32Array> => {
  const path = join(golden, `${name}.npy`);
  const { shape, data } = readNpy(await readInput(path, 'a file.npy', signal), JSON.stringify(path));
  if (data instanceof Float32Array && shape.length === 2 && shape[0] === rows && shape[1] === columns) return data;
  throw new InputError(`${JSON.stringify(path)} is of ${shape.join(' x ')} numbers and not ${rows} x ${columns}: they are of another model`);
};

/** Cosines of all rows of both, scaled. */
const logitsOf = (a: Float32Array, b: Float32Array, columns: number, scale: number): Float32Array => {
  const [rows, others] = [a.length / columns, b.length / columns];
  return Float32Array.from({ length: rows * others }, (_, i) => {
    const [from, to] = [Math.floor(i / others) * columns, (i % others) * columns];
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += a[from + k] * b[to + k];
    return scale * sum;
  });
};

/** Of each row the class of its largest logit; classes are as many columns as they have synonyms. */
const classesOf = (logits: Float32Array, vocabulary: Vocabulary): number[] => {
  const classes = vocabulary.flatMap((synonyms, k) => synonyms.map(() => k));
  return Array.from({ length: logits.length / classes.length }, (_, row) => {
    const own = logits.subarray(row * classes.length, (row + 1) * classes.length);
    return classes[own.indexOf(Math.max(...own))];
  });
};

/** @throws InputError for what is missing or of another model; what opening the model does; the signal's reason once aborted */
export const checkNamer = async (
  name: string,
  golden: string,
  picture: string,
  { device, threads }: Given<typeof ANY_ENCODER>,
  signal: AbortSignal,
): Promise<NamerComparison> => {
  const vocabulary = parseVocabulary(new TextDecoder().decode(await readInput(join(golden, WORDS), 'a vocabulary', signal)), WORDS);
  const labels = labelsFromNpy(await readInput(join(golden, LABELS), 'a label map', signal), LABELS);
  const image = await readPicture(picture, {}, signal);
  if (image.width !== image.height)
    throw new InputError(`${JSON.stringify(picture)} is ${image.width} x ${image.height}: save it as it went in, a square`);
  const { row, files } = await locateNamer(name);
  const settings = { dense: 'values' as const, device: device ?? 'auto', threads, worker: undefined };
  const clip = await openClip({ ...row, size: image.width }, files, vocabulary, settings, { signal });
  try {
    const segments = await clip.embed(image, labels, await describeSegments(labels), { signal });
    const [words, rows] = [clip.texts.length / clip.dimensions, segments.length / clip.dimensions];
    const read = (what: string, of: number, columns: number): Promise<Float32Array> => readRows(golden, what, of, columns, signal);
    const [theirSegments, theirTexts] = [await read('segments', rows, clip.dimensions), await read('texts', words, clip.dimensions)];
    const theirs = await read('logits', rows, words);
    const ours = logitsOf(segments, clip.texts, clip.dimensions, clip.scale);
    const errors = { segments: errorOf(segments, theirSegments), texts: errorOf(clip.texts, theirTexts), logits: errorOf(ours, theirs) };
    const [own, other] = [classesOf(ours, vocabulary), classesOf(theirs, vocabulary)];
    const sameNames: [number, number] = [own.filter((k, i) => k === other[i]).length, rows];
    const same = Object.values(errors).every((error) => error <= SAME_VECTORS);
    return { name: row.name, device: clip.device, size: image.width, names: vocabulary.length, errors, sameNames, same };
  } finally {
    await clip.dispose();
  }
};

/** A line a thing that was compared. */
export const namerReport = ({ name, device, size, names, errors, sameNames, same }: NamerComparison): string =>
  [
    `${name}: ${names} names, ${sameNames[1]} segments at ${size}x${size} pixels, on ${device}`,
    `Relative error of the segments' vectors: ${errors.segments.toPrecision(2)}; of the names': ${errors.texts.toPrecision(2)}; of the logits: ${errors.logits.toPrecision(2)}`,
    `Segments of the same name: ${sameNames[0]} of ${sameNames[1]}`,
    `${same ? 'The same' : 'Not the same'}: up to ${SAME_VECTORS} counts as the same`,
  ].join('\n');
