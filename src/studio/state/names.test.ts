import { describe, expect, it } from 'vitest';
import { fileName, namer, stemOf } from './names.ts';

describe('names', () => {
  it('lose their ending as on the command line', () => {
    expect(['photo.jpg', 'a.b.tif', 'photo', '.hidden', 'x.'].map(stemOf)).toEqual(['photo', 'a.b', 'photo', '.hidden', 'x']);
  });

  it('are told apart, whatever their case, by all that is written', () => {
    const name = namer(['Photo.PNG']);
    expect(name('photo', ['.json'])).toBe('photo');
    expect(name('photo', ['.png'])).toBe('photo (2)');
    expect(name('photo', ['.png', '.json'])).toBe('photo (3)');
    expect(name('other', ['.masks/000.png', '.masks/001.png'])).toBe('other');
    expect(name('OTHER', ['.masks/000.png'])).toBe('OTHER (2)');
  });

  it('are such as a file system takes', () => {
    expect(['a/b\\c', ' ', 'x:\u0000y'].map(fileName)).toEqual(['a_b_c', 'diffcut', 'x_y']);
  });
});
