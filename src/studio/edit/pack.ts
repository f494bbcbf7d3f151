/** Label maps and sheets made small, for keeping: plain data that can be cloned. Steps are kept as they are. */
import { InputError, type LabelMap } from 'diffcut';
import { checkSides, isWhole, type Mark, type Sheet, sheetOf } from './sheet.ts';
import { newWriter, readNumber, writeNumber, written } from './varint.ts';

/** Labels as runs: a map of 12 megapixels in some hundred kilobytes. */
export interface PackedLabels {
  width: number;
  height: number;
  /** Those that occur. */
  ids: Int32Array;
  /** Row after row without a break, two numbers a run: its length, and the index of its id. */
  runs: Uint8Array;
}

export const packLabels = ({ data, width, height }: LabelMap): PackedLabels => {
  const writer = newWriter();
  const known = new Map<number, number>();
  for (let i = 0; i < data.length; ) {
    const start = i++;
    const id = data[start];
    while (i < data.length && data[i] === id) i++;
    const index = known.get(id) ?? known.size;
    if (index === known.size) known.set(id, index);
    writeNumber(writer, i - start);
    writeNumber(writer, index);
  }
  return { width, height, ids: Int32Array.from(known.keys()), runs: written(writer) };
};

/** @throws InputError for what `packLabels` has not made; before the labels' memory is asked for */
export const unpackLabels = (packed: PackedLabels): LabelMap => {
  if (!(packed?.ids instanceof Int32Array) || !(packed.runs instanceof Uint8Array)) throw new InputError('These kept labels are damaged');
  const { width, height, ids } = packed;
  checkSides(packed);
  let pixels = 0;
  eachPacked(packed, (length) => {
    pixels += length;
  });
  if (pixels !== width * height) throw new InputError(`These kept labels are damaged: there are ${pixels} for ${width} x ${height} pixels`);
  const data = new Int32Array(pixels);
  let at = 0;
  eachPacked(packed, (length, index) => {
    data.fill(ids[index], at, at + length);
    at += length;
  });
  return { data, width, height };
};

const eachPacked = ({ ids, runs }: PackedLabels, visit: (length: number, index: number) => void): void => {
  for (const reader = { data: runs, at: 0 }; reader.at < runs.length; ) {
    const length = readNumber(reader);
    const index = readNumber(reader);
    if (length === 0 || index >= ids.length) throw new InputError('These kept labels are damaged');
    visit(length, index);
  }
};

/** A sheet as it is kept. */
export interface PackedSheet {
  labels: PackedLabels;
  marks: [id: number, mark: Mark][];
  nextId: number;
}

export const packSheet = (sheet: Sheet): PackedSheet => ({ labels: packLabels(sheet), marks: [...sheet.marks], nextId: sheet.nextId });

/** @throws InputError for what `packSheet` has not made */
export const unpackSheet = (packed: PackedSheet): Sheet => {
  const marks = packed?.marks;
  const isList = Array.isArray(marks) && marks.every((entry) => Array.isArray(entry) && typeof entry[1] === 'object');
  if (!isList) throw new InputError('This kept work is damaged');
  const sheet = sheetOf(unpackLabels(packed.labels), undefined, new Map(marks));
  if (isWhole(packed.nextId, sheet.nextId, 2 ** 31 - 1)) sheet.nextId = packed.nextId;
  return sheet;
};
