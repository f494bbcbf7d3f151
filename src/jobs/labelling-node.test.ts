/** Open namers of a process: few, and those that were used last. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { unpackClip } from '../../test/clips.ts';
import type { Namer } from '../toolkit.ts';
import { closeNamers, coloursOf, type Labelling, withNamerOf } from './labelling-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut namers '));
let model: string;
beforeAll(() => {
  vi.stubEnv('DIFFCUT_CACHE', join(folder, 'cache'));
  model = unpackClip('plain-vit', folder);
});
afterEach(closeNamers);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const labellingOf = (...classes: string[]): Labelling => ({ model, options: { classes, device: 'cpu', threads: 1, worker: false } });
const open = (labelling: Labelling): Promise<Namer> => withNamerOf(labelling, {}, async (namer) => namer);

describe('open namers', () => {
  it('are kept, whatever the least share, and the one that was used longest ago is closed for a fourth', async () => {
    const [cat, dog, sofa] = [await open(labellingOf('cat')), await open(labellingOf('dog')), await open(labellingOf('sofa'))];
    const closed: string[] = [];
    for (const [name, namer] of Object.entries({ cat, dog, sofa })) {
      const dispose = namer.dispose;
      namer.dispose = () => {
        closed.push(name);
        return dispose();
      };
    }
    expect(await open({ ...labellingOf('cat'), options: { ...labellingOf('cat').options, minScore: 0.5 } })).toBe(cat);
    await open(labellingOf('sea'));
    expect(closed).toEqual(['dog']);
    await withNamerOf(labellingOf('sofa'), {}, async () => {
      for (const name of ['a', 'b', 'c']) await open(labellingOf(name));
    });
    expect(closed).toEqual(['dog', 'cat']); // what is used stays
    expect(await open(labellingOf('dog'))).not.toBe(dog);
  });

  it('are opened again where that failed', async () => {
    const missing = { ...labellingOf('cat'), model: join(folder, 'none') };
    for (let i = 0; i < 2; i++) await expect(open(missing)).rejects.toThrow(/There is no folder/);
    await expect(open(labellingOf('cat'))).resolves.toMatchObject({ model: 'plain-vit' });
  });

  it('give names the colours of their places in the list', () => {
    const segment = (id: number, name?: string) => ({ id, ...(name && { name }) }) as never;
    const of = (...segments: never[]): string[] => {
      const colours = coloursOf(segments, labellingOf('cat, kitty', 'dog'));
      return Array.from({ length: colours.length / 3 }, (_, id) => colours.subarray(3 * id, 3 * id + 3).join());
    };
    const [cat, dog, none] = of(segment(0, 'cat'), segment(1, 'dog'), segment(2));
    expect(new Set([cat, dog, none]).size).toBe(3);
    expect(of(segment(1, 'dog'), segment(2, 'cat'), segment(3, 'dog'))).toEqual([none, dog, cat, dog]);
  });
});
