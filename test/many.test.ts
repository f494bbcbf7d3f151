/** `segmentMany` as users have it: in processes of the built package. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../src/index.ts';
import { loadBuilt } from './runtimes/built.ts';

const diffcut = await loadBuilt();

const picture = (shade: number): RgbImage => ({
  data: new Uint8Array(96 * 64 * 3).map((_, i) => (i % 288 < 144 ? 20 : shade)),
  width: 96,
  height: 64,
});

/** Lanes that this process started; elsewhere than on Linux none can be told. */
const lanes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('segmenting-entry');
      } catch {
        return false;
      }
    })
    .map(Number);

describe('segmentMany in processes', () => {
  it('gives what segment gives, of every kind of input, and a broken one as an error', async () => {
    const image = picture(200);
    const png = await diffcut.encodePng(image);
    const odd = [Uint8Array.of(1, 2, 3), 5, null] as never[];
    const inputs = [image, png, ...odd, new Blob([png as Uint8Array<ArrayBuffer>]), 'none.jpg', picture(90)];
    const plain = await diffcut.segment(image);
    const all = [];
    for await (const one of diffcut.segmentMany(inputs, { jobs: 2 })) all.push(one);
    expect(all.map(({ index }) => index)).toEqual(inputs.map((_, i) => i));
    for (const { result } of [all[0], all[1], all[5]]) {
      expect(result?.labels).toEqual(plain.labels);
      expect(result?.segments).toEqual(plain.segments);
      expect(result?.tree.order).toEqual(plain.tree.order);
    }
    const sentences = [all[2], all[3], all[4], all[6]].map(({ error }) => (error instanceof diffcut.InputError ? error.message : error));
    expect(sentences).toEqual([
      expect.stringMatching(/picture/),
      expect.stringMatching(/^Expected a path/),
      expect.stringMatching(/^Expected a path/),
      expect.stringMatching(/none\.jpg/),
    ]);
  });

  it.skipIf(process.platform !== 'linux')('ends its processes with the loop, and replaces one that dies', async () => {
    const inputs = function* () {
      for (;;) yield picture(150);
    };
    const seen: boolean[] = [];
    for await (const { index, error } of diffcut.segmentMany(inputs(), { jobs: 1 })) {
      if (index === 0) for (const pid of lanes()) execFileSync('kill', ['-9', String(pid)]);
      seen.push(error === undefined);
      if (index === 6) break;
    }
    expect(seen.filter((isDone) => !isDone).length).toBeLessThanOrEqual(1);
    expect(seen.at(-1)).toBe(true);
    expect(lanes()).toEqual([]);
  });

  it('ends when it is aborted, and says when no encoder opens', async () => {
    const controller = new AbortController();
    const all = diffcut.segmentMany([picture(1), picture(2), picture(3)], { jobs: 2, signal: controller.signal });
    await all.next();
    const next = all.next();
    controller.abort(new Error('enough'));
    await Promise.allSettled([next]);
    await expect(all.next().then(({ done }) => done || Promise.reject(new Error('goes on')))).resolves.toBe(true);
    await expect(diffcut.segmentMany([picture(1)], { encoder: 'ssd-1b', jobs: 2 }).next()).rejects.toThrow(/models pull/);
  });
});
