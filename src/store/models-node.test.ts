/** Nothing is removed by one who has lost the lock. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { InputError } from '../errors.ts';
import type * as Locks from './lock-node.ts';
import { removeModel } from './models-node.ts';
import { modelFolder, weightsOf } from './paths-node.ts';

vi.mock('./lock-node.ts', async (original) => ({
  ...(await original<typeof Locks>()),
  withLock: (_folder: string, _what: string, work: (lock: Locks.Lock) => Promise<unknown>) => {
    const check = async (): Promise<void> => {
      throw new InputError('taken over');
    };
    return work({ signal: new AbortController().signal, check });
  },
}));

const cache = mkdtempSync(join(tmpdir(), 'diffcut-models-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

it('removes nothing once the lock is lost', async () => {
  const path = weightsOf(modelFolder('small', cache));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'weights');
  await expect(removeModel('small', cache)).rejects.toThrow('taken over');
  expect(existsSync(path)).toBe(true);
});
