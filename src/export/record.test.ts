import { describe, expect, it } from 'vitest';
import type { PictureSource } from '../types.ts';
import { recordOf } from './record.ts';

describe('recordOf', () => {
  const picture = { width: 3, height: 2 };

  it('tells what is there, in the order of the command line', () => {
    const geo = { crs: 'EPSG:4326', tags: { 33550: [1, 1, 0] } };
    const source: PictureSource = { format: 'TIFF', page: 2, pages: 3, geo };
    const parts = { version: '1', lost: 1, segments: [], timings: { cut: 1.26 }, options: { solver: 'merge' }, asked: {}, features: 'f.npy' };
    expect(JSON.stringify(recordOf({ ...parts, picture: { ...picture, source }, file: { name: 'a.tif', bytes: 9 } }))).toBe(
      JSON.stringify({
        picture: { name: 'a.tif', bytes: 9, ...picture, format: 'TIFF', page: 2, pages: 3, geo: { crs: 'EPSG:4326' } },
        solver: 'merge',
        features: 'f.npy',
        lost: 1,
        asked: {},
        version: '1',
        timings: { cut: 1.3 },
        segments: [],
      }),
    );
    expect(Object.keys(recordOf({ picture, options: {}, segments: [] }))).toEqual(['picture', 'segments']);
  });

  it('refuses what is none', () => {
    expect(() => recordOf({ picture, options: {} } as never)).toThrow(/^Expected what describe gave for segments but received undefined/);
    expect(() => recordOf({ picture, options: null, segments: [] } as never)).toThrow(/^Expected an object for options/);
    expect(() => recordOf({ options: {}, segments: [] } as never)).toThrow(/^Expected an object for picture/);
  });
});
