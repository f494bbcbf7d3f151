import { describe, expect, it } from 'vitest';
import { goldenJson } from '../../test/goldens.ts';
import { assignMaximum } from './class-protocol/matching.ts';
import { addCounts, classIou, meanIou, noCounts, pixelAccuracy } from './class-protocol/metrics.ts';
import { classRows, toRows } from './class-protocol/protocol.ts';
import { scorePicture } from './class-protocol/score.ts';

interface Matrix {
  name: string;
  matrix: number[][];
  rows: number[];
  columns: number[];
}
interface Evaluation {
  name: string;
  classes: number;
  background: number | null;
  ignore: number;
  pictures: { prediction: number[][]; truth: number[][] }[];
  tp: number[];
  iou: (number | null)[];
  mIoU: number | null;
  pixelAccuracy: number | null;
}

const { matrices } = goldenJson<{ matrices: Matrix[] }>('matching/matrices.json');
const { evaluations } = goldenJson<{ evaluations: Evaluation[] }>('matching/evaluations.json');

describe('matching beside scipy', () => {
  // The protocol pads its matrices until every row has a column: taller ones do not occur.
  it.each(matrices.filter(({ matrix }) => matrix.length <= matrix[0].length))('$name', ({ matrix, columns }) => {
    expect([...assignMaximum(matrix.flat(), matrix.length, matrix[0].length)]).toEqual(columns);
  });
});

describe('the protocol on hand-size cases', () => {
  it.each(evaluations)('$name', async ({ classes, background, ignore, pictures, iou, mIoU, pixelAccuracy: accuracy }) => {
    const rows = classRows(classes, ignore, background ?? undefined);
    const sum = noCounts(rows.rows);
    for (const { prediction, truth } of pictures) {
      const labels = { data: Int32Array.from(prediction.flat()), width: prediction[0].length, height: prediction.length };
      addCounts(sum, await scorePicture(labels, toRows(Int32Array.from(truth.flat()), rows), rows));
    }
    classIou(sum).forEach((value, row) => {
      const want = iou[rows.values[row]];
      if (want === null) expect(value).toBeNull();
      else expect(value).toBeCloseTo(want, 9);
    });
    expect(meanIou(sum)).toBeCloseTo(mIoU as number, 9);
    if (accuracy !== null) expect(pixelAccuracy(sum)).toBeCloseTo(accuracy, 9);
  });
});
