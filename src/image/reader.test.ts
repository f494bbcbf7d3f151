import { describe, expect, it } from 'vitest';
import { readingOf } from './image.ts';
import { pictureFile, type Reader } from './reader.ts';

/** Numbers that grow downwards, from 0 to the height, in blocks of some rows; and how many were read at most together. */
const measured = (width: number, height: number, blockRows: number, channels = 1) => {
  const seen = { most: 0, rows: 0 };
  const reader: Reader = {
    width,
    height,
    orientation: 1,
    source: { format: 'TIFF' },
    scale: { range: [0, 1], isFloat: true },
    isMeasurement: true,
    blockRows,
    read: async (region) => {
      seen.most = Math.max(seen.most, region.height);
      seen.rows += region.height;
      const data = new Float32Array(region.width * region.height * channels);
      for (let i = 0; i < data.length; i++) data[i] = region.top + Math.floor(i / (region.width * channels));
      return { data, width: region.width, height: region.height, channels };
    },
  };
  return { reader, seen };
};

describe('statistics', () => {
  it.each([
    ['one block', 9000],
    ['few blocks', 3000],
    ['many blocks', 16],
    ['rows', 1],
  ])('are of the whole picture, of %s', async (_, blockRows) => {
    const { reader, seen } = measured(1000, 9000, blockRows);
    await pictureFile(reader, readingOf({}), 'x');
    const [low, high] = reader.source.stretch ?? [];
    expect(low).toBeLessThan(300);
    expect(high).toBeGreaterThan(8700);
    expect(seen.most).toBe(blockRows);
    expect(seen.rows).toBeLessThanOrEqual(9000);
    if (blockRows < 1000) expect(seen.rows).toBeLessThan(2000);
  });

  it('are not made where nobody asks', async () => {
    const { reader, seen } = measured(10, 10, 1);
    await pictureFile(reader, readingOf({ stretch: 'none' }), 'x');
    await pictureFile({ ...reader, isMeasurement: false }, readingOf({}), 'x');
    await pictureFile(reader, readingOf({ stretch: '1,7' }), 'x');
    expect(seen.rows).toBe(0);
    expect(reader.source.stretch).toEqual([1, 7]);
  });
});

it('a decoder that gives something else than it was asked for is told of', async () => {
  const { reader } = measured(10, 10, 1, 5);
  const { rows } = await pictureFile(reader, readingOf({ stretch: 'none' }), 'x');
  await expect(rows(0, 10)).rejects.toThrow(/The decoder gave 10 x 10 x 5 \(500 numbers\) for a picture of 10 x 10: convert the file/);
});
