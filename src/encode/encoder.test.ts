/** All kinds of encoders beside what every one of them keeps to. What is a kind's own stands beside its file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, vi } from 'vitest';
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
