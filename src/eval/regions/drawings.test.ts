import { describe, expect, it } from 'vitest';
import { type DrawingScore, MEASURES, meanScore, scoreDrawing } from './drawings.ts';

const halves = { data: Int32Array.from({ length: 32 }, (_, p) => (p % 8 < 4 ? 0 : 1)), width: 8, height: 4 };
const one = { ...halves, data: new Int32Array(32) };

describe('the measures of a drawing', () => {
  it('are at their best for what everybody drew', async () => {
    expect(await scoreDrawing(halves, [halves, halves])).toEqual({
      segments: 2,
      covering: 1,
      pri: 1,
      vi: 0,
      precision: 1,
      recall: 1,
      pieces: 1,
      slivers: 0,
      roughness: 0,
      borderLength: 1,
      oneToOne: { predicted: 4, predictedMatched: 4, drawn: 8, drawnMatched: 8 },
    });
  });

  it('are all told', async () => {
    expect(Object.keys(await scoreDrawing(halves, [one])).sort()).toEqual([...MEASURES, 'oneToOne'].sort());
  });

  it('have their means over the pictures that have them', async () => {
    const scores = [await scoreDrawing(halves, [halves]), await scoreDrawing(one, [halves]), await scoreDrawing(halves, [one])];
    expect(scores.map(({ borderLength }) => borderLength)).toEqual([1, 0, null]);
    expect(meanScore(scores)).toMatchObject({ segments: 5 / 3, vi: 2 / 3, precision: 1 / 3, borderLength: 0.5 });
    expect(Object.values(meanScore([]))).toEqual(MEASURES.map(() => null));
    expect(meanScore([scores[2]] as DrawingScore[]).borderLength).toBeNull();
  });
});
