import { expect, it } from 'vitest';
import { withoutFlags } from './said.ts';

it('leaves out what only the command line can do, and nothing else', () => {
  const said = {
    'page 1 of 3: page (--page) chooses another': 'page 1 of 3',
    'hardly any contrast: nearly all its pixels are alike; stretch (--stretch) chooses which values become black and white':
      'hardly any contrast: nearly all its pixels are alike',
    'a.jpg is damaged: get it again, or read what is left of it with allowDamaged (--allow-damaged)': 'a.jpg is damaged: get it again',
    'a.png has 9 pixels, over the limit of 4: raise maxPixels (--max-pixels) to accept it': 'a.png has 9 pixels, over the limit of 4',
    'photo (--x).jpg is no picture: get it again': 'photo (--x).jpg is no picture: get it again',
    'no flag (at all): stays, as it is': 'no flag (at all): stays, as it is',
  };
  for (const [text, wanted] of Object.entries(said)) expect(withoutFlags(text)).toBe(wanted);
});
