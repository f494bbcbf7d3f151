/** `diffcut models ...` against a cache folder made here; the pull itself is pull-node's to test. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { MODELS } from '../models/table.ts';
import { SEAL, sealFile, UNSEALED } from '../store/seal-node.ts';
import type { Pulled, PullModelOptions } from '../toolkit.ts';
import { writeHeader } from '../weights/safetensors.ts';
import { plainTransfer } from './transfer.ts';

const pullModel = vi.hoisted(() => vi.fn<(name: string, options: PullModelOptions) => Promise<Pulled>>());
vi.mock('../toolkit.ts', async (original) => ({ ...(await original<typeof import('../toolkit.ts')>()), pullModel }));

let cache: string;
const weights = (name: string): string => join(cache, 'models', name, 'weights.safetensors');

/** A model as a pull leaves it: some tensor, and where it is from. */
const keep = (name: string, sources = JSON.stringify(SOURCES)): void => {
  mkdirSync(join(weights(name), '..'), { recursive: true });
  const header = writeHeader([['t', { dtype: 'U8', shape: [1_000_000], bytes: 1_000_000 }]], { sources, [SEAL]: UNSEALED });
  writeFileSync(weights(name), Buffer.concat([header, Buffer.alloc(1e6)]));
};
const SOURCES = { main: { repo: 'maker/model', revision: 'main', commit: 'c'.repeat(40), files: { 'a.json': 'x', b: 'y' }, checked: ['b'] } };

/** Its last byte is another one. */
const alter = (name: string): void => {
  const bytes = readFileSync(weights(name));
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(weights(name), bytes);
};

const diffcut = (...args: string[]) => runCli('models', ...args);

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'diffcut-models-'));
  vi.stubEnv('DIFFCUT_CACHE', cache);
  pullModel.mockReset();
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

describe('the list', () => {
  it('tells what is here, with the notes, by any of its names', async () => {
    keep('small');
    writeFileSync(join(cache, 'models', 'file'), '');
    const { code, out } = await diffcut();
    expect(code).toBe(0);
    expect(out).toMatch(/^name +on disk +download +licence +here +what$/m);
    expect(out).toMatch(/^embedded +\d+\.\d MB +- +Apache-2\.0 +yes +EfficientNet/m);
    expect(out).toMatch(/^ssd-1b +840\.5 MB +2\.48 GB +Apache-2\.0 +no +SSD-1B/m);
    expect(out).toMatch(/^small +1\.0 MB +- +yes$/m);
    expect(out).toMatch(/^embedded: .*ImageNet/m);
    expect(out.match(/random\s+weights/g)).toHaveLength(3); // the notes that six, fifteen and three rows share
    expect(out).toMatch(/: diffcut models pull ssd-1b\n$/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect((await diffcut('list')).out).toBe(out);
  });

  it('is JSON where asked', async () => {
    keep('small');
    const { out } = await diffcut('--json');
    const rows = JSON.parse(out);
    expect(rows[0]).toMatchObject({ ...MODELS[0], here: true });
    expect(rows[1]).toMatchObject({ ...MODELS[1], here: false });
    expect(rows.at(-1)).toMatchObject({ name: 'small', here: true, path: weights('small'), bytesOnDisk: expect.any(Number) });
    expect((await diffcut('list', '--json')).out).toBe(out);
  });

  it('marks a damaged model', async () => {
    keep('small');
    writeFileSync(weights('small'), 'no');
    expect((await diffcut()).out).toMatch(/^small .* damaged$/m);
    expect((await diffcut('info', 'small')).out).toMatch(/^damaged .*"diffcut models pull small" mends it/m);
  });

  it('is not a word that nobody knows', async () => {
    expect(await diffcut('puul')).toEqual({ code: 2, out: '', err: 'diffcut: Unknown command of models "puul": did you mean "pull"?\n' });
  });
});

describe('one model', () => {
  it('is told about', async () => {
    keep('small');
    const { out } = await diffcut('info', 'small');
    expect(out).toMatch(/^on disk +1\.0 MB in .*small$/m);
    expect(out).toMatch(/^from +maker\/model at main \(commit cccccccccc\)$/m);
    expect((await diffcut('info', 'embedded')).out).toMatch(
      /^licence +Apache-2\.0\n[\s\S]*^solver +merge, price [\d.]+, ease 0\.4; with ncut:\nalpha +3\nprice +0\.025, ease 0\.4$/m,
    );
    const row = (await diffcut('info', 'ssd-1b')).out;
    expect(row).toMatch(/^where +hub: segmind\/SSD-1B\nweights +840\.5 MB on disk, 2\.48 GB to fetch$/m);
    expect(row).toMatch(/^solver +ncut\nalpha +10\ntau +0\.5\nnote .*\non disk +no: "diffcut models pull ssd-1b" gets it$/m);
    expect(JSON.parse((await diffcut('info', 'small', '--json')).out)).toMatchObject({ name: 'small', here: true });
  });

  it('says which of its files were checked, and whether it is what was pulled', async () => {
    keep('small');
    await sealFile(weights('small'));
    const { out } = await diffcut('info', 'small');
    expect(out).toMatch(/^ +a\.json: unchecked\n +b: checked by the hub's SHA-256$/m);
    expect(out).toMatch(/^SHA-256 +[0-9a-f]{12}\.\.\. when it was pulled, read again at its next use$/m);
    expect((await diffcut('verify')).out).toMatch(/^small: as it was pulled, SHA-256 [0-9a-f]{64}\n$/);
    expect((await diffcut('info', 'small')).out).toMatch(/^SHA-256 .* when it was pulled, and since$/m);
    expect(JSON.parse((await diffcut('info', 'small', '--json')).out)).toMatchObject({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      verified: true,
      origins: [
        {
          repo: 'maker/model',
          files: [
            { path: 'a.json', checked: false },
            { path: 'b', checked: true },
          ],
        },
      ],
    });
  });

  it.each(['{', 'null', '[]', '{"main":null}', '{"main":{"repo":"x","revision":"main"}}', `{"main":${'['.repeat(20_000)}${']'.repeat(20_000)}}`])(
    'whose sources are %.40s is damaged, in one sentence',
    async (sources) => {
      keep('small', sources);
      const { code, out, err } = await diffcut('info', 'small');
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/^damaged +What ".*" tells of its sources .*; "diffcut models pull small" mends it$/m);
    },
  );

  it('has a path, and is removed', async () => {
    keep('small');
    expect(await diffcut('path', 'small')).toEqual({ code: 0, out: `${weights('small')}\n`, err: '' });
    expect(await diffcut('rm', 'small')).toEqual({ code: 0, out: '', err: 'small: removed, 1.0 MB freed\n' });
    expect(existsSync(join(cache, 'models', 'small'))).toBe(false);
    expect(await diffcut('rm', 'small')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/small is not on this machine, so there is nothing to remove\n$/),
    });
  });

  it.each<[string[], RegExp]>([
    [['info', 'embeded'], /Unknown model "embeded": did you mean "embedded"\?/],
    [['path', 'embedded'], /embedded is in the package/],
    [['rm', 'embedded'], /embedded is in the package/],
    [['pull', 'embedded'], /embedded is in the package: there is nothing to pull/],
    [['rm', 'ssd-1b', 'more'], /too many arguments/],
    [['pull'], /missing required argument 'name'[\s\S]*diffcut models pull --help/],
    [['pull', 'small', '--kep'], /unknown option '--kep'\s+\(Did you mean --keep\?\)/],
  ])('%j is refused', async (args, pattern) => {
    expect(await diffcut(...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(pattern) });
  });
});

describe('verify', () => {
  it('tells of each, and fails where one is not what was pulled', async () => {
    expect(await diffcut('verify')).toEqual({ code: 0, out: '', err: 'No model is on this machine: there is nothing to verify\n' });
    for (const name of ['one', 'two', 'old']) keep(name);
    for (const name of ['one', 'two']) await sealFile(weights(name));
    writeFileSync(weights('old'), writeHeader([], { plan: 'x' }));
    alter('one');
    const { code, out, err } = await diffcut('verify');
    expect([code, out]).toEqual([1, expect.stringMatching(/^two: as it was pulled, SHA-256 \w+\n$/)]);
    expect(err).toMatch(/^(diffcut: )?old was pulled without a SHA-256 being kept: "diffcut models pull old" gets it anew, with one$/m);
    expect(err).toMatch(/^(diffcut: )?one is not what was pulled: .*"diffcut models pull one"$/m);
    expect((await diffcut('verify', 'two')).code).toBe(0);
    const json = await diffcut('verify', 'two', 'one', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toEqual([
      { name: 'two', sha256: expect.any(String) },
      { name: 'one', error: expect.stringMatching(/is not what was pulled/) },
    ]);
  });

  it('is of what is here', async () => {
    expect(await diffcut('verify', 'embedded')).toMatchObject({ code: 2, err: expect.stringMatching(/in the package/) });
    expect(await diffcut('verify', 'ssd-1b')).toMatchObject({ code: 1, err: expect.stringMatching(/get it with "diffcut models pull ssd-1b"/) });
  });
});

describe('a pull', () => {
  const pulled = (changed: boolean): Pulled => ({ folder: cache, path: weights('small'), bytes: 1e6, changed });

  it('hands its options on, and tells how far it is', async () => {
    keep('small');
    pullModel.mockImplementation(async (_, { onProgress, say }) => {
      say?.('small: 1.0 MB of weights');
      for (const done of [0, 40_000, 550_000, 560_000, 1e6]) onProgress?.(done, 1e6);
      return pulled(true);
    });
    const { code, out, err } = await diffcut('pull', 'small', '--revision', 'v2', '--from', 'here', '--keep', '--whole');
    expect([code, out]).toEqual([0, '']);
    expect(err.split('\n')).toEqual([
      'small: 1.0 MB of weights',
      '50 % (0.6 of 1.0 MB)',
      '100 % (1.0 of 1.0 MB)',
      `small: done, in ${weights('small')}`,
      '',
    ]);
    expect(pullModel).toHaveBeenCalledWith(
      'small',
      expect.objectContaining({ revision: 'v2', from: 'here', keep: true, whole: true, signal: expect.any(AbortSignal) }),
    );
  });

  it('is silent where asked, and says what went wrong all the same', async () => {
    keep('small');
    pullModel.mockResolvedValueOnce(pulled(true));
    expect(await diffcut('pull', 'small', '--quiet')).toEqual({ code: 0, out: '', err: '' });
    pullModel.mockRejectedValueOnce(Object.assign(new Error('maker/model is gated'), { syscall: 'x' }));
    expect(await diffcut('pull', 'small', '--quiet')).toEqual({ code: 1, out: '', err: 'diffcut: maker/model is gated\n' });
  });

  it('stops by Ctrl-C', async () => {
    keep('small');
    pullModel.mockImplementation(async (_, { signal }) => {
      process.emit('SIGINT');
      signal?.throwIfAborted();
      return pulled(true);
    });
    const { code, err } = await diffcut('pull', 'small');
    expect([code, err]).toEqual([130, 'diffcut: stopped\n']);
    process.removeAllListeners('SIGINT');
    process.removeAllListeners('SIGTERM');
  });

  it('that goes on begins where it is', () => {
    const lines: string[] = [];
    const transfer = plainTransfer((line) => lines.push(line));
    for (const done of [700, 710, 800, 1000]) transfer.onProgress(done, 1000);
    expect(lines).toEqual(['80 % (0.0 of 0.0 MB)', '100 % (0.0 of 0.0 MB)']);
  });
});
