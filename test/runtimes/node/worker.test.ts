/** Encoders that compute in a worker, over the built package: the thread that asks stays free, and an abort is heard. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { encoderCases } from '../../../src/encode/encoder.cases.ts';
import type { FeatureMap } from '../../../src/types.ts';
import { folderOf, pictureOf } from '../../pipelines.ts';
import { loadBuilt, ROOT } from '../built.ts';

const PICTURE = pictureOf('sd1', '128x128');
/** A second or more of computing on any machine. */
const LONG = { size: 1536, threads: 1 };

let diffcut: Awaited<ReturnType<typeof loadBuilt>>;
beforeAll(async () => {
  diffcut = await loadBuilt();
});

/** The longest time between two turns of this thread while `work` is done, ms. */
const longestGap = async (work: () => Promise<unknown>): Promise<number> => {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  await work();
  clearInterval(timer);
  return longest;
};

/** Bit by bit. */
const expectSame = ({ data, ...grid }: FeatureMap, other: FeatureMap): void => {
  expect(other).toMatchObject(grid);
  expect(data.buffer.byteLength).toBe(data.byteLength); // not a part of a message
  expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(other.data.buffer))).toBe(0);
};

describe('a worker', () => {
  it.each([
    ['embedded', 'embedded', {}],
    ['diffusion', folderOf('sd1'), { size: 128, device: 'cpu' }],
  ] as const)('gives what this thread gives: %s', async (_, name, options) => {
    const [there, here] = await Promise.all(
      [true, false].map(async (worker) => {
        const encoder = await diffcut.openEncoder(name, { ...options, worker });
        const features = await encoder.encode(PICTURE);
        await encoder.dispose();
        return features;
      }),
    );
    expectSame(there, here);
  });

  it('takes weights that lie on no disk', async () => {
    const file = 'my.onnx';
    const { TINY_JSON, tinyOnnx, weightOf } = await import('../../tiny-onnx.ts');
    const blob = (content: BlobPart): Blob => new Blob([content]);
    const files = {
      [file]: blob(tinyOnnx({ location: 'my.data' }) as Uint8Array<ArrayBuffer>),
      'my.json': blob(JSON.stringify(TINY_JSON)),
      'my.data': blob(weightOf(1) as Uint8Array<ArrayBuffer>),
    };
    const encoder = await diffcut.openEncoder(diffcut.blobFiles('mine', files), { worker: true });
    expect(await encoder.encode(PICTURE)).toMatchObject({ width: 4, height: 4, channels: 3 });
    await encoder.dispose();
  });

  it('leaves this thread free', async () => {
    const encoder = await diffcut.openEncoder('embedded', LONG);
    const before = performance.now();
    const gap = await longestGap(() => encoder.encode(PICTURE, { onProgress() {} }));
    const whole = performance.now() - before;
    await encoder.dispose();
    expect(whole).toBeGreaterThan(500); // so that there was something to wait for
    expect(gap).toBeLessThan(Math.max(250, whole / 3)); // on this thread it is nearly all of it
  });

  it('is left at once by an abort, and the next picture is encoded', async () => {
    const encoder = await diffcut.openEncoder('embedded', LONG);
    const alone = await encoder.encode(PICTURE);
    const abort = new AbortController();
    const reason = new Error('enough');
    let aborted = 0;
    const work = encoder.encode(PICTURE, {
      signal: abort.signal,
      onProgress: () => {
        setTimeout(() => {
          aborted = performance.now();
          abort.abort(reason);
        }, 300);
      },
    });
    await expect(work).rejects.toBe(reason);
    expect(performance.now() - aborted).toBeLessThan(100);
    expectSame(await encoder.encode(PICTURE), alone);
    await encoder.dispose();
  });

  it('says what is wrong with a model in the same words', async () => {
    const { TINY_JSON } = await import('../../tiny-onnx.ts');
    const content = { 'my.onnx': new Blob(['\x08\x08']), 'my.json': new Blob([JSON.stringify(TINY_JSON)]) };
    const [there, here] = await Promise.all(
      [true, false].map((worker) =>
        diffcut.openEncoder(diffcut.blobFiles('mine', content), { worker, device: 'cpu' }).catch((error: unknown) => error),
      ),
    );
    expect(there).toBeInstanceOf(diffcut.InputError);
    expect((there as Error).message).toBe((here as Error).message);
  });
});

encoderCases('embedded in a worker', () => diffcut.openEncoder('embedded', { size: 96, worker: true }), { steps: 1 });
encoderCases('a diffusion pipeline in a worker', () => diffcut.openEncoder(folderOf('sd1'), { size: 128, device: 'cpu', worker: true }), {
  steps: 2,
});

describe('a process whose encoder computes in a worker', () => {
  const run = async (...lines: string[]): Promise<{ stdout: string; seconds: number }> => {
    const index = JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href);
    const script = [`import { openEncoder } from ${index};`, ...lines].join('\n');
    const before = performance.now();
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
    return { stdout, seconds: (performance.now() - before) / 1000 };
  };
  const PICTURE_LINE = 'const picture = { data: new Uint8Array(3 * 64 * 64), width: 64, height: 64 };';

  it('ends by itself while that one is idle', async () => {
    const { stdout } = await run(
      PICTURE_LINE,
      "const encoder = await openEncoder('embedded', { size: 64 });",
      'await encoder.encode(picture);',
      "console.log('done');",
    );
    expect(stdout).toBe('done\n');
  });

  it('waits for what it computes', async () => {
    const { stdout } = await run(
      PICTURE_LINE,
      "openEncoder('embedded', { size: 1024 }).then((encoder) => encoder.encode(picture)).then(() => console.log('done'));",
    );
    expect(stdout).toBe('done\n');
  });

  it('ends in the midst of a run where it is told to, with its own code', async () => {
    const work = run(
      PICTURE_LINE,
      "const encoder = await openEncoder('embedded', { size: 2048 });",
      'encoder.encode(picture, { onProgress: () => setTimeout(() => process.exit(7), 300) });',
    );
    await expect(work).rejects.toMatchObject({ code: 7, stderr: '' });
  });
});
