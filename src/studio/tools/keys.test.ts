/** The table of keys: each stands for one thing in each mode, and the sheet has all of them in groups. */
import { beforeAll, expect, it, vi } from 'vitest';

vi.mock('../bridge/bridge.ts', () => ({ createBridge: () => ({ call: async () => undefined, hold: () => {} }), isVoid: () => false }));

let table: typeof import('./keys.ts');
beforeAll(async () => {
  vi.stubGlobal('document', { documentElement: { dataset: {} }, baseURI: 'http://localhost/' });
  table = await import('./keys.ts');
});

it('has every key once a mode, what is of one mode before what is of all', () => {
  const seen = new Set<string>();
  for (const { keys, mode = 'all' } of table.KEYS)
    for (const key of keys) {
      expect(seen, `${key}, ${mode}`).not.toContain(`${mode} ${key}`);
      if (mode !== 'all') expect(seen, key).not.toContain(`all ${key}`);
      seen.add(`${mode} ${key}`);
    }
});

it('is shown in groups of a size that is read', () => {
  const names = table.KEY_GROUPS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, rows } of table.KEY_GROUPS) {
    expect(rows.length, name).toBeGreaterThan(1);
    expect(rows.length, name).toBeLessThan(14);
    expect(new Set(rows.map(({ what }) => what)).size, name).toBe(rows.length);
  }
});
