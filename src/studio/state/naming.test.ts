import { expect, it } from 'vitest';
import { VOCABULARIES } from '../../label/lists.ts';
import { texts } from '../texts.ts';

it('offers every list that the package has, and says how many names each has', () => {
  const { vocabularies } = texts.naming;
  expect(Object.keys(vocabularies)).toEqual(Object.keys(VOCABULARIES));
  for (const [name, classes] of Object.entries(VOCABULARIES)) expect(vocabularies[name], name).toMatch(new RegExp(`\\(${classes.length}\\)$`));
});
