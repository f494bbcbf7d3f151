import { expect, it, vi } from 'vitest';
import { VOCABULARIES } from '../../label/lists.ts';
import { texts } from '../texts.ts';

const TINY = { name: 'tiny', where: 'page', what: '', licence: '', note: '', isNamer: true };
vi.mock('../bridge/bridge.ts', () => ({
  createBridge: () => ({ call: async (name: string) => ({ encoders: [], namers: [TINY] })[name], hold: () => {} }),
  isVoid: () => false,
}));

it('offers every list that the package has, and says how many names each has', () => {
  const { vocabularies } = texts.naming;
  expect(Object.keys(vocabularies)).toEqual(Object.keys(VOCABULARIES));
  for (const [name, classes] of Object.entries(VOCABULARIES)) expect(vocabularies[name], name).toMatch(new RegExp(`\\(${classes.length}\\)$`));
});

it('says what is missing until names can be suggested', async () => {
  vi.stubGlobal('document', { documentElement: { dataset: { site: 'static' } }, baseURI: 'http://localhost/' });
  const [naming, encoders, work] = await Promise.all([import('./naming.ts'), import('./encoders.ts'), import('./work.ts')]);
  const { naming: words } = texts;
  expect(naming.missing.value).toBe(words.modelFirst);
  await encoders.loadEncoders();
  expect(naming.missing.value).toBe(words.noClasses);
  naming.source.value = 'voc';
  expect(naming.missing.value).toBe(words.noPicture);
  work.items.value = [{ id: 'a', name: 'a', status: 'failed', isDone: false, settings: {}, order: 0 }];
  work.activeId.value = 'a';
  expect(naming.missing.value).toBe(words.notRead); // another picture would be named instead
  naming.scope.value = 'all';
  expect(naming.missing.value).toBeUndefined();
});
