/** Vision transformers from their files to features, beside timm's: every family, square and wide, at other sizes than the native one. */
import { describe, expect, it } from 'vitest';
import { openEncoder } from '../src/encode/open.ts';
import { CASES, centred, relativeError, type VitCase, vitFolder, vitGolden, vitPicture } from './vits.ts';

type Tap = { tap?: 'tokens' | 'keys' | 'queries' | 'values'; layer?: number };

/** Taps that a golden may have, and what asks for them. */
const TAPS: [keyof VitCase, Tap][] = [
  ['features', {}],
  ['layer2', { layer: -2 }],
  ['keys', { tap: 'keys' }],
  ['queries', { tap: 'queries' }],
  ['values', { tap: 'values' }],
  ['keys2', { tap: 'keys', layer: -2 }],
];

const encode = async (of: VitCase, tap: Tap) => {
  const encoder = await openEncoder(vitFolder(of.kind), { size: [of.width, of.height], device: 'cpu', threads: 1, ...tap });
  try {
    return await encoder.encode(vitPicture(of));
  } finally {
    await encoder.dispose();
  }
};

describe.each(CASES)('$kind at $width x $height', (of) => {
  it.each(TAPS.filter(([name]) => of[name]))('%s as timm computes them', async (name, tap) => {
    const { data, width, height, channels } = await encode(of, tap);
    expect([height, width, channels]).toEqual([...of.grid, of.channels]);
    const theirs = vitGolden(of[name] as string).data;
    expect(relativeError(centred(data, channels), centred(theirs, channels))).toBeLessThan(1e-5);
  });
});
