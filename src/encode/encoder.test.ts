/** All kinds of encoders beside what every one of them keeps to. What is a kind's own stands beside its file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { folderOf } from '../../test/pipelines.ts';
import { TINY_JSON, tinyOnnx } from '../../test/tiny-onnx.ts';
import { vitFolder } from '../../test/vits.ts';
import { blobFiles } from '../files/source.ts';
import { encoderCases } from './encoder.cases.ts';
import { openEncoder } from './open.ts';

/** Prompts are kept here. */
const cache = mkdtempSync(join(tmpdir(), 'diffcut-encoders-'));
vi.stubEnv('DIFFCUT_CACHE', cache);
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const CPU = { device: 'cpu', threads: 1 } as const;
const onnx = blobFiles('mine', {
  'my.onnx': new Blob([tinyOnnx() as Uint8Array<ArrayBuffer>]),
  'my.json': new Blob([JSON.stringify(TINY_JSON)]),
});

encoderCases('embedded', () => openEncoder('embedded', { ...CPU, size: 96 }), { steps: 1 });
encoderCases('a diffusion pipeline', () => openEncoder(folderOf('sd1'), { ...CPU, size: 128 }), { steps: 2 });
encoderCases('a vision transformer', () => openEncoder(vitFolder('dinov2'), { ...CPU, size: 70 }), { steps: 1 });
encoderCases('an ONNX file', () => openEncoder(onnx, CPU), { steps: 1 });
encoderCases('several together', () => openEncoder(`embedded+${vitFolder('dinov2')}:2`, { ...CPU, size: 96, keepRatio: false }), { steps: 2 });

describe('the signal of an opening', () => {
  const reason = new Error('enough');
  it.each([
    ['embedded', 'embedded', { size: 96 }],
    ['a diffusion pipeline', folderOf('sd1'), { size: 128 }],
    ['a vision transformer', vitFolder('dinov2'), { size: 70 }],
    ['an ONNX file', onnx, {}],
    ['several together', `embedded+${vitFolder('dinov2')}`, { size: 96, keepRatio: false }],
  ] as const)('is heard at once, and is of the opening alone: %s', async (_, encoder, options) => {
    await expect(openEncoder(encoder, { ...CPU, ...options, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const opening = openEncoder(encoder, { ...CPU, ...options, signal: abort.signal });
    let isSettled = false;
    opening
      .catch(() => {})
      .finally(() => {
        isSettled = true;
      });
    abort.abort(reason);
    for (let i = 0; i < 5; i++) await Promise.resolve(); // no file is read, nothing computed
    expect(isSettled).toBe(true);
    await expect(opening).rejects.toBe(reason);
    const later = new AbortController();
    const open = await openEncoder(encoder, { ...CPU, ...options, signal: later.signal });
    later.abort(reason);
    const picture = { data: new Uint8Array(64 * 64 * 3), width: 64, height: 64 };
    expect((await open.encode(picture)).data.length).toBeGreaterThan(0);
    await open.dispose();
  });

  it('goes with no progress, which an opening does not tell', async () => {
    await expect(openEncoder('embedded', { onProgress: () => {} } as never)).rejects.toThrow(/^Unknown option of openEncoder "onProgress"/);
  });
});
