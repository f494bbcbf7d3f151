import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../types.ts';
import { blank, circle, fill, hole, rectangle, stroke } from './canvas.ts';
import { drawText, fitText, isReadable, textWidth, wrapText } from './text.ts';

const ink = ({ data }: RgbImage): number => data.reduce((sum, v) => sum + (255 - v) / 255, 0) / 3;
const paper = (width = 40, height = 30): RgbImage => blank(width, height, [255, 255, 255]);
const drawn = (text: string, size = 20): RgbImage => {
  const image = paper(400, 40);
  drawText(image, text, 5, 28, { size, colour: [0, 0, 0] });
  return image;
};

describe('fill', () => {
  it('covers what shapes cover, whole and in part', () => {
    const image = paper();
    fill(image, [rectangle(2, 3, 5, 7.5)], [0, 0, 0]);
    expect(ink(image)).toBeCloseTo(13.5, 1);
    expect([...image.data.subarray((7 * 40 + 3) * 3, (7 * 40 + 3) * 3 + 3)]).toEqual([128, 128, 128]);
    const round = paper();
    fill(round, [circle(20.3, 15.7, 9)], [0, 0, 0]);
    expect(ink(round) / (Math.PI * 81)).toBeCloseTo(1, 2);
    const ring = paper();
    fill(ring, [circle(20, 15, 9), hole(circle(20, 15, 6))], [0, 0, 0]);
    expect(ink(ring) / (Math.PI * 45)).toBeCloseTo(1, 2);
    const line = paper();
    fill(line, [stroke(3, 3, 33, 23, 2)], [0, 0, 0]);
    expect(ink(line) / (2 * Math.hypot(30, 20))).toBeCloseTo(1, 1);
  });

  it('overlapping shapes do not add up, and what is outside is left out', () => {
    const image = paper();
    fill(image, [rectangle(2, 2, 8, 8), rectangle(4, 4, 10, 10)], [0, 0, 0]);
    expect(ink(image)).toBeCloseTo(36 + 36 - 16, 3);
    const edge = paper();
    fill(edge, [rectangle(-5, -5, 2, 100), circle(500, 500, 3)], [0, 0, 0]);
    expect(ink(edge)).toBeCloseTo(60, 3);
    fill(edge, [], [0, 0, 0]);
  });
});

describe('text', () => {
  it('has an outline for all of ASCII and Latin-1, of sensible size', () => {
    for (let code = 0x21; code < 0x100; code++) {
      if ((code > 0x7e && code < 0xc0) || code === 0xad) continue;
      const amount = ink(drawn(String.fromCodePoint(code)));
      expect(amount, String.fromCodePoint(code)).toBeGreaterThan(3);
      expect(amount, String.fromCodePoint(code)).toBeLessThan(180);
    }
    for (const character of '·×…–−') expect(ink(drawn(character))).toBeGreaterThan(3);
    expect(ink(drawn(' '))).toBe(0);
  });

  it('letters have their holes, digits one width', () => {
    const o = drawn('O', 30);
    const columns = Array.from({ length: 400 }, (_, x) => o.data[(17 * 400 + x) * 3]).filter((v) => v < 250).length;
    expect(columns).toBeLessThan(16); // two strokes; filled it would be 20
    expect(new Set([...'0123456789'].map((digit) => textWidth(digit, 20))).size).toBe(1);
  });

  it('joins accents, draws a box for what has no outline, nothing for what has no width', () => {
    expect(drawn('é')).toEqual(drawn('é'));
    expect(drawn('日')).toEqual(drawn('\u{1f600}'));
    expect(ink(drawn('日'))).toBeGreaterThan(10);
    expect(drawn('a\u200b\nb')).toEqual(drawn('ab'));
    expect(drawn('constructor').data).not.toEqual(drawn('').data);
  });

  it('leaves away accents that it has no outline for, and knows what of a text can be read', () => {
    expect(drawn('\u010d\u0142\u0151\u2019')).toEqual(drawn("clo'"));
    expect(drawn('\u0153uf')).toEqual(drawn('oeuf'));
    expect(drawn('\u00e9')).not.toEqual(drawn('e'));
    expect(['cat', '\u017e', '7', '\u65e5 b'].map(isReadable)).toEqual([true, true, true, true]);
    expect(['', ' ', '\u65e5', '...', '\u0436'].map(isReadable)).toEqual([false, false, false, false, false]);
  });

  it('starts, ends or centres at x', () => {
    const width = textWidth('Wide', 20);
    const sides = (align: 'start' | 'middle' | 'end'): number => {
      const image = paper(200, 40);
      drawText(image, 'Wide', 100, 28, { size: 20, colour: [0, 0, 0], align });
      return (
        image.data.findIndex((_, i) => i % 3 === 0 && Array.from({ length: 40 }, (_, y) => image.data[(y * 200 + i / 3) * 3]).some((v) => v < 128)) /
        3
      );
    };
    expect(sides('start') - sides('end')).toBeCloseTo(width, -1);
    expect(sides('start') - sides('middle')).toBeCloseTo(width / 2, -1);
  });

  it('is shortened in its middle where there is no room', () => {
    expect(fitText('short', 16, 500)).toBe('short');
    const short = fitText('a-very-long-name-of-a-file-from-a-camera-0001.jpg', 16, 150);
    expect(short).toMatch(/^a-very.*….*001\.jpg$/);
    expect(textWidth(short, 16)).toBeLessThanOrEqual(150);
    expect(fitText('no room', 16, 2)).toBe('');
  });

  it('lines break between words, and no line is too wide', () => {
    const text = 'ssd-1b is not on this machine: get it with "diffcut models pull ssd-1b"';
    const lines = wrapText(text, 12, 120);
    expect(lines.join(' ')).toBe(text);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(120);
    expect(wrapText(text, 12, 10_000)).toEqual([text]);
    expect(wrapText('', 12, 100)).toEqual(['']);
    const [long] = wrapText('/a/path/of/one/word/that/fits/no/line.jpg', 12, 100);
    expect(long).toContain('…');
  });
});
