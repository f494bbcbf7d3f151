import { describe, expect, it } from 'vitest';
import { SUFFIXES } from '../formats.ts';
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
    expect(['a/b\\c', ' ', 'x:\u0000y', 'x. .'].map(fileName)).toEqual(['a_b_c', 'diffcut', 'x_y', 'x']);
    expect(['gpj.\u202eexe', '\u2066a\u2069'].map(fileName)).toEqual(['gpj.exe', 'a']);
    expect(['con', 'NUL', 'com1.a', 'contact', 'com10'].map(fileName)).toEqual(['con_', 'NUL_', 'com1_.a', 'contact', 'com10']);
  });

  it('leave room for every ending and a number, in bytes, and stay apart where they are cut', () => {
    const [one, other] = ['a', 'b'].map((end) => fileName(`${'\u00fc'.repeat(250)}${end}`));
    expect(one).not.toBe(other);
    for (const suffix of Object.values(SUFFIXES)) expect(Buffer.byteLength(`${one} (12)${suffix}`)).toBeLessThanOrEqual(255);
    expect(fileName('x'.repeat(200))).toBe('x'.repeat(200));
  });
});
