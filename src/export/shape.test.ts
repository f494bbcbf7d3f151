/** Measures of shapes: scikit-image's numbers. */
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../test/export-samples.ts';
import { goldenJson } from '../../test/goldens.ts';
import { toRuns } from '../tensor/runs.ts';
import { shapesOfRuns } from './shape.ts';

type Measured = [id: number, perimeter: number, convexArea: number][];
const THEIRS = goldenJson<{ shapes: Record<string, Measured> }>('formats/csv.json').shapes;
const MAPS = new Map(sampleMaps().map(({ name, labels }) => [name.replace(/[^a-z0-9]+/g, '-'), labels]));

describe('shapesOfRuns', () => {
  it.each(Object.entries(THEIRS))('measures as scikit-image does: %s', async (name, theirs) => {
    const labels = MAPS.get(name);
    const ours = await shapesOfRuns(await toRuns(labels as NonNullable<typeof labels>));
    for (const [id, perimeter, convexArea] of theirs) {
      expect(ours.get(id)?.convexArea, String(id)).toBe(convexArea);
      expect(ours.get(id)?.perimeter, String(id)).toBeCloseTo(perimeter, 4);
    }
  });

  it('has numbers to be compared with', () => expect(Object.values(THEIRS).flat().length).toBeGreaterThan(200));
});
