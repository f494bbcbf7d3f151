/** Lanes that are processes, which end before they are of any use. Whole ones: test/many.test.ts, test/serve-load.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPool } from './pool-node.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut pool '));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A lane whose process runs this. */
const laneOf = (code: string) => {
  const path = join(folder, 'entry.mjs');
  writeFileSync(path, code);
  return openPool<number, number>(1, { entry: pathToFileURL(path), opening: { encoder: 'none', encoderOptions: {} }, opened: () => {} });
};

it('opens no encoder where each process ends before it is open: that is no fault of the tasks', async () => {
  const lanes = laneOf('process.exit(3)');
  await expect(lanes.run(1)).rejects.toThrow(/ended \(code 3\)/);
  expect(lanes.refusal?.error).toMatchObject({ code: 'E_MEMORY' });
  await lanes.close();
});

it('is still of use after a task that was aborted while its process was opening', async () => {
  const lanes = laneOf('setInterval(() => {}, 1000)');
  const stop = new AbortController();
  const aborted = lanes.run(1, { signal: stop.signal, begin: () => setImmediate(() => stop.abort(new Error('enough'))) });
  await expect(aborted).rejects.toThrow('enough');
  expect(lanes.refusal).toBeUndefined();
  await lanes.close();
});
