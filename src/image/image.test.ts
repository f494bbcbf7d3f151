import { describe, expect, it } from 'vitest';
import { checkImage, checkPixels, damaged, fromPixels, onWhite, readingOf } from './image.ts';

const ANY = readingOf({});
const rgb = (width: number, height: number) => ({ width, height, data: new Uint8Array(width * height * 3) });

describe('checkImage', () => {
  it('hands a good image back', () => {
    const image = rgb(3, 2);
    expect(checkImage(image)).toBe(image);
  });

  it.each([
    [null, /Expected a picture \{ data, width, height \} for image but received null/],
    [{ ...rgb(3, 2), width: 4 }, /Expected 4 x 2 x 3 = 24 bytes for image\.data but received Uint8Array of 18 bytes/],
    [{ ...rgb(3, 2), width: 1.5 }, /Expected a whole number from 1 for image\.width but received 1\.5/],
    [{ ...rgb(3, 2), height: 0 }, /Expected a whole number from 1 for image\.height but received 0/],
    [{ ...rgb(3, 2), data: new Float32Array(18) }, /Expected a Uint8Array for image\.data/],
    [{ ...rgb(3, 2), data: Array(18).fill(0) }, /Expected a Uint8Array for image\.data/],
  ])('refuses %j', (image, message) => {
    expect(() => checkImage(image as never)).toThrow(message);
  });
});

describe('fromPixels', () => {
  it('composes RGBA on white, rounded to the nearest', () => {
    const data = Uint8ClampedArray.of(10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128, 1, 2, 3, 254);
    expect(fromPixels({ data, width: 2, height: 2 }, ANY)?.data).toEqual(Uint8Array.of(10, 20, 30, 255, 255, 255, 127, 177, 227, 2, 3, 4));
    for (let alpha = 0; alpha < 256; alpha += 5) {
      for (let v = 0; v < 256; v += 3)
        expect(onWhite([v, v, v, alpha] as never, 1, 1).data[0]).toBe(Math.round((v * alpha + 255 * (255 - alpha)) / 255));
    }
  });

  it('leaves files alone', () => {
    expect(fromPixels('a.png', ANY)).toBeUndefined();
    expect(fromPixels(Uint8Array.of(1), ANY)).toBeUndefined();
  });

  it('keeps alpha beside, where not all is opaque', () => {
    const data = Uint8ClampedArray.of(1, 2, 3, 255, 1, 2, 3, 7);
    expect(fromPixels({ data, width: 2, height: 1 }, ANY)?.alpha).toEqual(Uint8Array.of(255, 7));
    expect(fromPixels({ data: data.map((v, i) => (i % 4 === 3 ? 255 : v)), width: 2, height: 1 }, ANY)).not.toHaveProperty('alpha');
  });

  it('refuses options that are of files, but for a picture that comes of one', () => {
    for (const options of [{ page: 2 }, { bands: [1] }, { stretch: 'p2,p98' }, { allowDamaged: true }]) {
      expect(() => fromPixels(rgb(2, 2), readingOf(options))).toThrow(/says how a file is read, and a picture of pixels was given: leave it out/);
      expect(fromPixels({ ...rgb(2, 2), source: { format: 'PNG' } }, readingOf(options))?.width).toBe(2);
    }
  });

  it('refuses a wrong length and too many pixels', () => {
    expect(() => fromPixels({ data: new Uint8ClampedArray(12), width: 2, height: 2 }, ANY)).toThrow(
      /Expected width x height x 4 bytes \(here 2 x 2\)/,
    );
    expect(() => fromPixels(rgb(2, 2), readingOf({ maxPixels: 3 }))).toThrow(
      /The picture has 2 x 2 = 4 pixels, over the limit of 3: raise maxPixels \(--max-pixels\) to accept it/,
    );
    expect(() => fromPixels({ data: new Uint8ClampedArray(16), width: 2, height: 2 }, readingOf({ maxPixels: 3 }))).toThrow(/over the limit of 3/);
  });
});

it('checkPixels counts beyond 32 bits', () => {
  expect(() => checkPixels(100_000, 100_000, 4_294_967_295, '"a"')).toThrow(/"a" has 100000 x 100000 = 10000000000 pixels/);
  expect(() => checkPixels(2, 2, 4, '"a"')).not.toThrow();
  expect(() => checkPixels(1, 10_000_001, 2 ** 28, '"a"')).toThrow(/"a" has 1 x 10000001 pixels, and a side may have 10000000 at most: cut it into/);
  expect(() => checkPixels(10_000_000, 1, 2 ** 28, '"a"')).not.toThrow();
});

it('damaged keeps to one line', () => {
  expect(damaged('x', new Error('noise\nmore noise\nthe end of it')).message).toBe('x is truncated or damaged and cannot be decoded (the end of it)');
  expect(damaged('x', new Error('heif: end of file\n (2.100)')).message).toBe('x is truncated or damaged and cannot be decoded (heif: end of file)');
});
