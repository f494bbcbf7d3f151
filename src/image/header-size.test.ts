import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sizeInHeader } from './header-size.ts';

const picture = sharp({ create: { width: 1234, height: 567, channels: 4, background: '#f008' } });

describe('the size in the header', () => {
  it.each([
    ['PNG', () => picture.clone().png()],
    ['GIF', () => picture.clone().gif()],
    ['JPEG', () => picture.clone().jpeg().withMetadata({ orientation: 1 })],
    ['JPEG', () => picture.clone().jpeg({ progressive: true })],
    ['WebP', () => picture.clone().webp()],
    ['WebP', () => picture.clone().removeAlpha().webp()],
    ['WebP', () => picture.clone().webp({ lossless: true })],
  ] as const)('of %s is that of the picture', async (format, make) => {
    const file = new Uint8Array(await make().toBuffer());
    expect(sizeInHeader(file, format)).toEqual({ width: 1234, height: 567 });
    for (let length = 0; length < 64; length++) sizeInHeader(file.subarray(0, length), format); // nothing is thrown
  });

  it('of JPEG is found behind markers without a length', async () => {
    const file = new Uint8Array(await picture.clone().jpeg().toBuffer());
    const odd = Uint8Array.of(0xff, 0xd8, 0xff, 0x01, 0xff, 0xff, ...file.subarray(2));
    expect(sizeInHeader(odd, 'JPEG')).toEqual({ width: 1234, height: 567 });
  });

  it('is not known of what nobody here reads', () => expect(sizeInHeader(new Uint8Array(99), 'AVIF')).toBeUndefined());
});
