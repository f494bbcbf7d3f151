import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenFiles } from './locate-node.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-locate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('givenFiles', () => {
  it('are a folder, or an ONNX file and what lies beside it', async () => {
    writeFileSync(join(folder, 'my.onnx'), 'graph');
    writeFileSync(join(folder, 'my.json'), '{}');
    expect((await givenFiles(folder))?.name).toBe(folder);
    expect((await (await givenFiles(join(folder, 'my.onnx')))?.open('my.json'))?.size).toBe(2);
    expect(await givenFiles(join(folder, 'none'))).toBeUndefined();
    expect(await givenFiles(join(folder, 'my.json', 'below'))).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('are not taken for absent where they cannot be looked at', async () => {
    symlinkSync('loop', join(folder, 'loop'));
    await expect(givenFiles(join(folder, 'loop'))).rejects.toThrow(/loop" is a link that leads to itself/);
  });

  it('are no single checkpoint', async () => {
    writeFileSync(join(folder, 'all.ckpt'), 'pickled');
    await expect(givenFiles(join(folder, 'all.ckpt'))).rejects.toThrow(/is one file: give the folder/);
  });
});
