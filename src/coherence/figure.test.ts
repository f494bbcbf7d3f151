import { describe, expect, it } from 'vitest';
import { blank } from '../figure/canvas.ts';
import type { LabelMap, RgbImage } from '../types.ts';
import { drawFigure, type FigureRow, panelImage, panelSize } from './figure.ts';
import type { Query, SimilarityMap, Size } from './similarity.ts';

const PANEL = 128;
const mapOf = ({ width, height }: Size, from = 0, to = 1): SimilarityMap => ({
  data: Float32Array.from({ length: width * height }, (_, i) => from + ((to - from) * i) / (width * height - 1)),
  width,
  height,
});

const row = (size: Size, columns: number, more: Partial<FigureRow> = {}): FigureRow => {
  const { width, height } = panelSize(size, PANEL);
  const image = blank(width, height, [120, 120, 120]);
  return { caption: 'a.jpg', image, size, panels: Array.from({ length: columns }, () => ({ map: mapOf(image) })), ...more };
};

/** Pixels that are nearly this colour. */
const countOf = ({ data }: RgbImage, [r, g, b]: number[]): number => {
  let count = 0;
  for (let i = 0; i < data.length; i += 3) if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 12) count++;
  return count;
};
const RED = [227, 6, 19];

const WIDE = { width: 400, height: 300 };

describe('drawFigure', () => {
  it('grows by a whole panel a column, whatever their number', () => {
    const widths = [1, 2, 3, 9].map((n) => drawFigure(Array(n).fill('x · 3 × 4'), [[row(WIDE, n)]], { panel: PANEL }).width);
    expect(widths[1] - widths[0]).toBeGreaterThan(PANEL);
    expect(widths[3] - widths[2]).toBe(6 * (widths[1] - widths[0]));
  });

  it('grows by the rows and blocks', () => {
    const heightOf = (blocks: FigureRow[][]): number => drawFigure(['x'], blocks, { panel: PANEL }).height;
    const one = heightOf([[row(WIDE, 1)]]);
    expect(heightOf([[row(WIDE, 1), row(WIDE, 1)]]) - one).toBeGreaterThan(96);
    expect(heightOf([[row(WIDE, 1)], [row(WIDE, 1)]]) - one).toBeGreaterThan(96);
  });

  it.each<[string, Query]>([
    ['a point', [10, 20]],
    ['a point in the corner', [399, 299]],
    ['a box', { boxXYWH: [100, 50, 120, 90] }],
    ['a box of a pixel', { boxXYWH: [0, 0, 1, 1] }],
    ['a mask', { labels: { ...WIDE, data: Int32Array.from({ length: 120_000 }, (_, i) => (i % 400 > 300 ? 1 : 0)) }, id: 1 }],
    ['a mask of a pixel', { labels: { ...WIDE, data: Int32Array.from({ length: 120_000 }, (_, i) => (i === 60_200 ? 1 : 0)) }, id: 1 }],
  ])('marks %s in red, with a number only among several', (_, query) => {
    const plain = drawFigure(['x'], [[row(WIDE, 1)]], { panel: PANEL });
    const marked = drawFigure(['x'], [[row(WIDE, 1, { query })]], { panel: PANEL });
    const legend = 10; // its ring has more than so many pixels
    expect(countOf(plain, RED)).toBe(0);
    expect(countOf(marked, RED)).toBeGreaterThan(legend);
    const two = drawFigure(['x'], [[row(WIDE, 1, { query })], [row(WIDE, 1, { query })]], { panel: PANEL });
    expect(countOf(two, RED) - 2 * countOf(marked, RED)).toBeGreaterThan(40); // discs of the numbers
  });

  it('marks best matches in white and black, where they are', () => {
    const best = { x: 200, y: 150, cosine: 0.9 };
    const dark = row(WIDE, 1);
    const figure = drawFigure(['x'], [[{ ...dark, panels: [{ map: mapOf(dark.image), best }] }]], { panel: PANEL });
    const without = drawFigure(['x'], [[dark]], { panel: PANEL });
    expect(countOf(figure, [0, 0, 0])).toBeGreaterThan(countOf(without, [0, 0, 0]) + 4);
    const centre = ((35 + 48) * figure.width + 17 + 64) * 3; // the panel starts at 17, 35
    expect([...figure.data.subarray(centre, centre + 3)]).toEqual([255, 255, 255]);
  });

  it('stretches each map by itself, or all alike, and draws the bar only then', () => {
    const low = row(WIDE, 1);
    const blocks = [[low, { ...low, panels: [{ map: mapOf(low.image, 0, 0.1) }] }]];
    const each = drawFigure(['x'], blocks, { panel: PANEL });
    const shared = drawFigure(['x'], blocks, { panel: PANEL, scale: 'shared' });
    const top = [127, 0, 0].map((v) => Math.round(60 + v / 2));
    expect(countOf(each, top)).toBeGreaterThan(1.8 * countOf(shared, top));
    expect(countOf(shared, [127, 0, 0])).toBeGreaterThan(countOf(each, [127, 0, 0]));
  });

  it('draws constant maps, viridis, and columns without a map', () => {
    const flat = row(WIDE, 1);
    const blocks = [[{ ...flat, panels: [{ map: mapOf(flat.image, 0.4, 0.4) }, undefined] }]];
    for (const scale of ['each', 'shared'] as const) {
      const { data } = drawFigure(['a', 'b'], blocks, { panel: PANEL, scale, colormap: 'viridis' });
      expect(countOf({ data, width: 1, height: 1 }, [236, 236, 236])).toBeGreaterThan(10_000);
    }
    expect(() => drawFigure(['a'], [[{ ...flat, panels: [undefined] }]], { panel: PANEL, scale: 'shared' })).not.toThrow();
  });

  it('refuses what does not fit', () => {
    expect(() => drawFigure([], [[row(WIDE, 0)]])).toThrow(/one column and one row/);
    expect(() => drawFigure(['x'], [])).toThrow(/one column and one row/);
    expect(() => drawFigure(['x'], [[row(WIDE, 2)]])).toThrow(/row "a\.jpg" has 2 panels but there are 1 columns/);
    const large = row(WIDE, 1, { image: blank(512, 384, [0, 0, 0]) });
    expect(() => drawFigure(['x'], [[large]], { panel: PANEL })).toThrow(/512 pixels wide but a panel is 128: make its image by panelImage/);
    expect(() => drawFigure(['x'], [[row(WIDE, 1)]], { panel: 7 })).toThrow(/Expected a whole number from 128 to 4096 for panel/);
    expect(() => drawFigure(['x'], [[row(WIDE, 1)]], { colormap: 'hot' as never })).toThrow(/one of jet, viridis for colormap/);
    expect(() => drawFigure(Array(70_000).fill('x'), [[row(WIDE, 0, { panels: Array(70_000).fill(undefined) })]], { panel: PANEL })).toThrow(
      /figure would be \d+ x \d+ pixels/,
    );
  });
});

describe('panels', () => {
  it('keep the ratio of the picture, and are at most twice as high as wide', () => {
    expect(panelSize({ width: 4000, height: 3000 }, 512)).toEqual({ width: 512, height: 384 });
    expect(panelSize({ width: 10, height: 10 }, 512)).toEqual({ width: 512, height: 512 });
    expect(panelSize({ width: 100, height: 1000 }, 500)).toEqual({ width: 100, height: 1000 });
    expect(panelSize({ width: 1, height: 65_535 }, 128)).toEqual({ width: 1, height: 256 });
    expect(panelSize({ width: 65_535, height: 1 }, 128)).toEqual({ width: 128, height: 1 });
  });

  it('are the picture, smaller or larger', async () => {
    for (const side of [7, 128, 700]) expect(await panelImage(blank(side, side, [10, 20, 30]), PANEL)).toEqual(blank(PANEL, PANEL, [10, 20, 30]));
  });

  it('show a mask of any size', () => {
    const labels: LabelMap = { width: 3, height: 2, data: Int32Array.of(0, 1, 1, 0, 0, 1) };
    const small = row({ width: 3, height: 2 }, 1, { query: { labels, id: 1 } });
    expect(countOf(drawFigure(['x'], [[small]], { panel: PANEL }), RED)).toBeGreaterThan(200);
  });
});
