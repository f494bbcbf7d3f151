import { describe, expect, it } from 'vitest';
import { codeOf, commandOf } from './copies.ts';

describe('copies', () => {
  it('say what was chosen, and nothing else', () => {
    expect(commandOf('photo.jpg', {})).toBe('diffcut segment photo.jpg -o out');
    expect(commandOf('photo.jpg', { refine: 'pamr', price: 0.05, split: false, where: 'computer' })).toBe(
      'diffcut segment photo.jpg --price 0.05 --refine pamr -o out',
    );
    expect(commandOf('a.png', { minArea: 9, split: true, keepAlpha: true, encoder: 'dinov3-small', size: 640, tau: 0.5, solver: 'ncut' })).toBe(
      'diffcut segment a.png --encoder dinov3-small --size 640 --solver ncut --tau 0.5 --min-area 9 --split --keep-alpha -o out',
    );
    expect(codeOf('photo.jpg', { price: 0.05, split: true })).toContain(`await segment("photo.jpg", { price: 0.05, split: true });`);
    expect(codeOf('photo.jpg', {})).toContain(`await segment("photo.jpg");`);
  });

  it('hold names together, whatever stands in them', () => {
    expect(commandOf("it's a $HOME `x`.jpg", {})).toBe(`diffcut segment 'it'\\''s a $HOME \`x\`.jpg' -o out`);
    expect(commandOf('-o.jpg', {})).toBe('diffcut segment ./-o.jpg -o out');
    expect(codeOf('a"b\\c.jpg', {})).toContain('segment("a\\"b\\\\c.jpg")');
    expect(codeOf('a.jpg', {})).toContain('writeFile("a.labels.png"');
  });
});
