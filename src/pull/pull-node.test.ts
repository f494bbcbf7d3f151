/** Whole pulls, against a hub on the loopback: what arrives, what is asked for, and what an interruption leaves. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeHub, FIRST_COMMIT, noise, type Seen, startHub } from '../../test/fake-hub.ts';
import { InputError } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { fileSource } from '../files/source-node.ts';
import { modelPath, pulledModels, removeModel, verifyModel } from '../store/models-node.ts';
import type { PackedTensor } from '../store/pulled.ts';
import { readHeader, writeHeader } from '../weights/safetensors.ts';
import { type PullRequest, pull } from './pull-node.ts';

const REPO = 'maker/model';
const UNET = 'unet/model.safetensors';
const TEXT = 'text/model.safetensors';
const ELEMENTS = 300_000;

let hub: FakeHub;
let scratch: string;
let cache: string;
let said: string[];

/** Tensors t0 to t4 of half floats; an odd one, for offsets that no alignment fits. */
const weightsFile = (seed: number): Uint8Array => {
  const tensors = Array.from({ length: 5 }, (_, i) => [`t${i}`, { dtype: 'F16', shape: [ELEMENTS], bytes: 2 * ELEMENTS }] as const);
  const odd = ['odd', { dtype: 'U8', shape: [3], bytes: 3 }] as const;
  const head = writeHeader([odd, ...tensors], { format: 'pt' });
  return Buffer.concat([head, noise(3 + 10 * ELEMENTS, seed)]);
};
const UNET_BYTES = weightsFile(1);
const TINY_BYTES = weightsFile(2);
const TEXT_BYTES = noise(500_000, 3);

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'diffcut pull '));
  cache = join(scratch, 'own');
  said = [];
  hub = await startHub();
  hub.settings.cache = join(scratch, 'hub');
  hub.put(REPO, 'unet/config.json', '{"kind":"unet"}');
  hub.put(REPO, UNET, UNET_BYTES);
  hub.put(REPO, TEXT, TEXT_BYTES);
  hub.put('maker/tiny', 'model.safetensors', TINY_BYTES);
});
afterEach(async () => {
  await hub.close();
  rmSync(scratch, { recursive: true, force: true });
});

const need = async (files: ModelFiles, path: string) => {
  const source = await files.open(path);
  if (!source) throw new InputError(`${files.name} has no ${path}`);
  return source;
};

const tensorsOf = async (files: ModelFiles, path: string, prefix: string, wanted: string[]): Promise<PackedTensor[]> => {
  const source = await need(files, path);
  const { tensors } = await readHeader(source);
  return wanted.map((name) => ({ name: `${prefix}.${name}`, source, ...tensors.get(name)! }));
};

/** Some of the unet, one of the tiny one, and a constant that is made of the text encoder. */
const plan: PullRequest['plan'] = async (open) => {
  const config = await need(open('main'), 'unet/config.json');
  const unet = await tensorsOf(open('main'), UNET, 'unet', ['t3', 'odd', 't0']);
  const tiny = await tensorsOf(open('tiny'), 'model.safetensors', 'tiny', ['t1']);
  const constant = { name: 'prompt', dtype: 'F32', shape: [2, 4], start: 0, end: 32 };
  const metadata = { unet: Buffer.from(await config.read(0, config.size)).toString() };
  return { tensors: [constant, ...tiny, ...unet], metadata, whole: [{ source: 'main', path: TEXT }] };
};

/** The text encoder's hash: shows that it was read whole. */
const finish: PullRequest['finish'] = async ({ files }) => {
  const text = await need(files('main'), TEXT);
  return {
    prompt: createHash('sha256').update(readFileSync(text.path!)).digest(),
  };
};

const request = (more: Partial<PullRequest> = {}): PullRequest => ({
  name: 'small',
  sources: { main: { repo: REPO, revision: 'main' }, tiny: { repo: 'maker/tiny', revision: 'main' } },
  plan,
  finish,
  settings: hub.settings,
  cache,
  say: (line) => said.push(line),
  ...more,
  seams: { patience: { pauses: [1, 1], sleep: async () => {} }, ...more.seams },
});
const folder = (...parts: string[]): string => join(cache, 'models', 'small', ...parts);

const WANTED = 3 + 6 * ELEMENTS;
const inFile = (bytes: Uint8Array, index: number): Uint8Array => {
  const data = bytes.length - 10 * ELEMENTS; // after the odd one
  return bytes.subarray(data + 2 * ELEMENTS * index, data + 2 * ELEMENTS * (index + 1));
};

/** The file is there, whole and right, and nothing else is. */
const expectWhole = async (leftovers: string[] = []): Promise<void> => {
  expect(readdirSync(folder()).sort()).toEqual([...leftovers, 'weights.safetensors'].sort());
  const path = await modelPath('small', cache);
  const { tensors, metadata } = await readHeader(await fileSource(path));
  const bytes = readFileSync(path);
  const of = (name: string): Buffer => bytes.subarray(tensors.get(name)!.start, tensors.get(name)!.end);
  const wanted: Record<string, Uint8Array> = {
    'unet.t0': inFile(UNET_BYTES, 0),
    'unet.t3': inFile(UNET_BYTES, 3),
    'unet.odd': UNET_BYTES.subarray(UNET_BYTES.length - 10 * ELEMENTS - 3, UNET_BYTES.length - 10 * ELEMENTS),
    'tiny.t1': inFile(TINY_BYTES, 1),
    prompt: createHash('sha256').update(TEXT_BYTES).digest(),
  };
  expect([...tensors.keys()].sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, expected] of Object.entries(wanted)) expect(Buffer.compare(of(name), expected), name).toBe(0);
  expect(metadata.unet).toBe('{"kind":"unet"}');
};

const isStorage = ({ at }: Seen): boolean => at === 'storage';
const dataGets = () => hub.seen.filter(({ at, method }) => at === 'storage' && method === 'GET');

describe('a pull', () => {
  it('brings the planned tensors and the constants into one file, and little else over the wire', async () => {
    const told: [number, number][] = [];
    const pulled = await pull(request({ onProgress: (done, total) => told.push([done, total]) }));
    await expectWhole();
    expect(pulled).toMatchObject({ folder: folder(), path: folder('weights.safetensors'), changed: true });
    expect(pulled.bytes).toBe(statSync(pulled.path).size);
    expect(hub.sent()).toBeLessThan(WANTED + TEXT_BYTES.length + 10_000);
    expect(told[0][0]).toBe(0);
    expect(told.at(-1)).toEqual([told[0][1], told[0][1]]);
    expect(told.every(([done], i) => i === 0 || done >= told[i - 1][0])).toBe(true);
    expect(said).toEqual([expect.stringMatching(/^small: 1\.8 MB of weights from maker\/model, and 0\.5 MB of text encoders, which are used once$/)]);
    const sources = JSON.parse((await pulledModels(cache))[0].metadata.sources);
    expect(sources).toMatchObject({
      main: { repo: REPO, revision: 'main', commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
      tiny: { repo: 'maker/tiny' },
    });
    expect(Object.keys(sources.main.files).sort()).toEqual([TEXT, 'unet/config.json', UNET]);
  });

  it('again is done at once, also at a newer commit with the same files', async () => {
    await pull(request());
    hub.commit(REPO, 'b'.repeat(40));
    const before = hub.sent();
    expect(await pull(request())).toMatchObject({ changed: false });
    expect(hub.sent() - before).toBeLessThan(10_000);
    expect(said.at(-1)).toMatch(/is here already/);
    await expectWhole(['verified.json']);
  });

  it('of a newer file replaces the older one', async () => {
    await pull(request());
    const { metadata } = (await pulledModels(cache))[0];
    hub.put(REPO, UNET, weightsFile(7));
    expect(await pull(request())).toMatchObject({ changed: true });
    expect((await pulledModels(cache))[0].metadata.plan).not.toBe(metadata.plan);
  });

  it('of another text encoder computes the constants anew', async () => {
    await pull(request());
    hub.put(REPO, TEXT, noise(500_000, 8));
    expect(await pull(request())).toMatchObject({ changed: true });
    expect(said.some((line) => /are here from an earlier call/.test(line))).toBe(false);
  });

  it('without constants fetches no text encoder', async () => {
    const bare: PullRequest['plan'] = async (open) => {
      const { tensors, ...rest } = await plan(open);
      return { ...rest, tensors: tensors.filter(({ source }) => source) };
    };
    await pull(request({ plan: bare, finish: undefined }));
    expect(hub.seen.some(({ path }) => path === TEXT)).toBe(false);
  });

  it('keeps the text encoders where it is asked to', async () => {
    await pull(request({ keep: true }));
    expect(readFileSync(folder('files', 'main', ...TEXT.split('/'))).equals(TEXT_BYTES)).toBe(true);
    await expectWhole(['files']);
  });

  it('says what is wrong in one sentence, and makes no model of it', async () => {
    hub.order(() => true, { status: 403, headers: { 'x-error-code': 'GatedRepo' } });
    await expect(pull(request())).rejects.toThrow(/accept its licence on .*\/maker\/model/);
    await expect(pull(request({ name: '../x' }))).rejects.toThrow(/name of a model/);
    await expect(pull(request({ from: join(scratch, 'absent') }))).rejects.toThrow(/is not a folder: give --from/);
    const twice: PullRequest['plan'] = async (open) => ({ ...(await plan(open)), whole: [{ source: 'main', path: 'absent.bin' }] });
    await expect(pull(request({ plan: twice }))).rejects.toThrow(/no file absent\.bin/);
    expect(await pulledModels(cache)).toEqual([]);
    await expect(modelPath('small', cache)).rejects.toThrow(/not on this machine: get it with "diffcut models pull small"/);
  });
});

describe('bytes that were altered', () => {
  const ALTERED = Uint8Array.from(UNET_BYTES, (byte, i) => (i === UNET_BYTES.length - 1 ? byte ^ 1 : byte));
  /** From the first byte of data on; the headers are right, and the storage says that nothing changed. */
  const alterOnTheWay = (): void => {
    const isUnet = (seen: Seen): boolean => isStorage(seen) && seen.path === UNET && seen.method === 'GET';
    const isData = (seen: Seen): boolean => isUnet(seen) && Number(seen.range?.split('-')[1]) > 100_000;
    hub.order(isData, { first: () => hub.put(REPO, UNET, ALTERED), headers: { etag: '"same"' } });
    hub.order(isUnet, { headers: { etag: '"same"' } }, 99);
  };
  const filesOf = async (): Promise<Record<string, boolean>> => {
    const [{ origins }] = await pulledModels(cache);
    return Object.fromEntries(origins.flatMap(({ files }) => files.map(({ path, checked }) => [path, checked])));
  };

  it('on the disk are found by the SHA-256 that was kept, and a pull mends them', async () => {
    const { path } = await pull(request());
    const bytes = readFileSync(path);
    expect(await verifyModel('small', cache)).toMatch(/^[0-9a-f]{64}$/);
    expect((await pulledModels(cache))[0]).toMatchObject({ verified: true, sha256: await verifyModel('small', cache) });
    writeFileSync(path, Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes[bytes.length - 1] ^ 1)]));
    expect((await pulledModels(cache))[0].verified).toBe(false);
    await expect(verifyModel('small', cache)).rejects.toThrow(/^small is not what was pulled: .*"diffcut models pull small"$/);
    expect(await pull(request())).toMatchObject({ changed: true });
    expect(said).toContain('small: damaged here, so fetched anew');
    await expectWhole(['verified.json']);
  });

  it('on the way are not seen in ranges, which are told to be unchecked', async () => {
    alterOnTheWay();
    await pull(request());
    expect(await filesOf()).toEqual({ 'unet/config.json': false, [UNET]: false, [TEXT]: true, 'model.safetensors': false });
  });

  it('on the way are refused where whole files are fetched, and taken nowhere', async () => {
    alterOnTheWay();
    await expect(pull(request({ whole: true }))).rejects.toThrow(/unet\/model\.safetensors arrived damaged \(its SHA-256/);
    expect(await pulledModels(cache)).toEqual([]);
    hub.put(REPO, UNET, UNET_BYTES);
    await pull(request({ whole: true }));
    await expectWhole();
    expect(await filesOf()).toEqual({ 'unet/config.json': false, [UNET]: true, [TEXT]: true, 'model.safetensors': true });
  });

  it("are found in the hub's cache where all is to be checked", async () => {
    const sha = createHash('sha256').update(UNET_BYTES).digest('hex');
    const blobs = join(hub.settings.cache, 'models--maker--model', 'blobs');
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, sha), ALTERED);
    await expect(pull(request({ whole: true }))).rejects.toThrow(/is not what its name says \(its SHA-256 is another\): delete it/);
    writeFileSync(join(blobs, sha), UNET_BYTES);
    await pull(request({ whole: true }));
    expect((await filesOf())[UNET]).toBe(true);
    expect(readFileSync(join(blobs, sha)).equals(UNET_BYTES)).toBe(true);
  });
});

describe('a pull of whole files', () => {
  it('fetches them, packs them, and removes them', async () => {
    const told: [number, number][] = [];
    await pull(request({ whole: true, onProgress: (done, total) => told.push([done, total]) }));
    await expectWhole();
    const all = UNET_BYTES.length + TINY_BYTES.length;
    expect(hub.sent()).toBeGreaterThan(all + TEXT_BYTES.length);
    expect(told).toContainEqual([all, all]);
    expect(said[0]).toBe("small: 6.0 MB of whole files, which are held against the hub's SHA-256");
    const before = hub.sent();
    expect(await pull(request({ whole: true }))).toMatchObject({ changed: false });
    expect(hub.sent() - before).toBeLessThan(10_000);
  });

  it('after one of ranges checks what that one did not, and one of ranges after it is done at once', async () => {
    await pull(request());
    expect(await pull(request({ whole: true }))).toMatchObject({ changed: true });
    expect(await pull(request())).toMatchObject({ changed: false });
    await expectWhole(['verified.json']);
  });

  it('keeps them where it is asked to', async () => {
    await pull(request({ whole: true, keep: true }));
    expect(readFileSync(folder('files', 'main', ...UNET.split('/'))).equals(UNET_BYTES)).toBe(true);
    expect(readFileSync(folder('files', 'main', ...TEXT.split('/'))).equals(TEXT_BYTES)).toBe(true);
    await expectWhole(['files']);
  });

  it.each([1_000_000, 5_000_000, 6_200_000])('that is stopped at byte %i goes on there', async (at) => {
    const stop = new AbortController();
    let most = 0;
    const onProgress = (done: number): void => {
      most = Math.max(most, done);
      if (done >= at) stop.abort(new Error('Ctrl-C'));
    };
    const stopped = await pull(request({ whole: true, signal: stop.signal, onProgress })).catch((error: Error) => error.message);
    if (at < 6_000_000) expect(stopped).toBe('Ctrl-C');
    const before = hub.sent();
    await pull(request({ whole: true }));
    expect(hub.sent() - before).toBeLessThan(6_000_000 + TEXT_BYTES.length - Math.min(at, most) + 100_000);
    await expectWhole(at < 6_000_000 ? [] : ['verified.json']);
  });

  it('says what cannot be checked', async () => {
    mkdirSync(join(scratch, 'mine', 'unet'), { recursive: true });
    writeFileSync(join(scratch, 'mine', 'unet', 'config.json'), '{"kind":"unet"}');
    writeFileSync(join(scratch, 'mine', UNET), UNET_BYTES);
    await expect(pull(request({ whole: true, from: join(scratch, 'mine') }))).rejects.toThrow(
      /cannot be checked, since no SHA-256 of it is known: leave --whole out/,
    );
  });
});

describe('an interrupted pull', () => {
  /** Aborts once so many bytes are there. */
  const stopped = async (at: number): Promise<void> => {
    const stop = new AbortController();
    const onProgress = (done: number): void => (done >= at ? stop.abort(new Error('Ctrl-C')) : undefined);
    await expect(pull(request({ signal: stop.signal, onProgress }))).rejects.toThrow('Ctrl-C');
    expect(await pulledModels(cache)).toEqual([]);
    expect(existsSync(folder('weights.safetensors'))).toBe(false);
    expect(existsSync(folder('.lock'))).toBe(false);
  };

  it.each([1, 600_000, 1_300_000, WANTED - 1, WANTED + 100_000])('at byte %i goes on there', async (at) => {
    await stopped(at);
    const before = dataGets().length;
    const told: number[] = [];
    await pull(request({ onProgress: (done) => told.push(done) }));
    await expectWhole();
    expect(told[0]).toBeGreaterThanOrEqual(at - 1);
    const ranges = dataGets().slice(before);
    const asked = ranges.reduce((sum, { range = '' }) => sum + 1 - Number(/=(\d+)-/.exec(range)![1]) + Number(/-(\d+)$/.exec(range)![1]), 0);
    expect(asked).toBeLessThan(WANTED + TEXT_BYTES.length - at + 10_000); // and the headers, for the plan
    if (at > 10_000) expect(said.some((line) => /are here from an earlier call/.test(line))).toBe(true);
  });

  it('goes on with what the hub serves now, where that is another file', async () => {
    await stopped(1_000_000);
    hub.put(REPO, UNET, weightsFile(7));
    await pull(request());
    const path = await modelPath('small', cache);
    const { tensors } = await readHeader(await fileSource(path));
    const { start, end } = tensors.get('unet.t0')!;
    expect(Buffer.compare(readFileSync(path).subarray(start, end), inFile(weightsFile(7), 0))).toBe(0);
  });

  it('goes on under another revision of the same files, and tells of that one', async () => {
    await stopped(1_000_000);
    await pull(request({ sources: { main: { repo: REPO, revision: FIRST_COMMIT }, tiny: { repo: 'maker/tiny', revision: FIRST_COMMIT } } }));
    await expectWhole();
    expect(said.some((line) => /are here from an earlier call/.test(line))).toBe(true);
    expect((await pulledModels(cache))[0].origins[0].revision).toBe(FIRST_COMMIT);
  });

  it('starts over where the file changed under way', async () => {
    await stopped(1_000_000);
    const isMiddle = ({ at, method, range }: Seen): boolean => at === 'hub' && method === 'GET' && range !== undefined && !/=0-/.test(range);
    hub.order((seen) => isStorage(seen) && !/=0-/.test(seen.range ?? ''), { status: 403 });
    hub.order(isMiddle, { headers: { 'x-linked-etag': '"other"' } });
    await expect(pull(request())).rejects.toThrow(/changed on the hub.*starts it over/);
    expect(existsSync(folder('weights.safetensors.part'))).toBe(false);
    await pull(request());
    await expectWhole();
  });

  it('mends cut connections by itself', async () => {
    for (const cutAfter of [100_000, 300_000, 10]) hub.order((seen) => isStorage(seen) && !/=0-7$/.test(seen.range ?? ''), { cutAfter });
    await pull(request());
    await expectWhole();
  });

  it('by a full disk keeps what is there, and needs no more than the rest', async () => {
    let room = 1_000_000;
    const write: NonNullable<PullRequest['seams']>['write'] = async (file, bytes, at) => {
      room -= bytes.length;
      if (room < 0) throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' });
      await file.write(bytes, 0, bytes.length, at);
    };
    await expect(pull(request({ seams: { write } }))).rejects.toThrow(/disk is full.*DIFFCUT_CACHE/);
    const free = async (): Promise<number> => 50e6 + 1.5e6;
    await pull(request({ seams: { free } }));
    await expectWhole();
  });

  it('does not begin where the disk is too small', async () => {
    await expect(pull(request({ seams: { free: async () => 50e6 + 2e6 } }))).rejects.toThrow(/2\.3 MB are needed in ".*small" but 52\.0 MB are free/);
    expect(existsSync(folder('weights.safetensors.part'))).toBe(false);
  });

  it('by an error of what computes the constants keeps all that was fetched', async () => {
    const broken = async (): Promise<never> => Promise.reject(new InputError('no session'));
    await expect(pull(request({ finish: broken }))).rejects.toThrow('no session');
    await expect(pull(request({ finish: async () => ({ prompt: new Uint8Array(31) }) }))).rejects.toThrow(/prompt: 31 bytes instead of 32/);
    expect(await pulledModels(cache)).toEqual([]);
    const before = hub.sent();
    await pull(request());
    expect(hub.sent() - before).toBeLessThan(10_000);
    await expectWhole();
  });

  it('never takes a damaged text encoder', async () => {
    hub.order((seen) => isStorage(seen) && seen.path === TEXT, { first: () => hub.put(REPO, TEXT, noise(500_000, 4)), headers: { etag: '"same"' } });
    await expect(pull(request())).rejects.toThrow(/arrived damaged \(its SHA-256/);
    expect(readdirSync(folder('files', 'main', 'text'))).toEqual([]);
    hub.put(REPO, TEXT, TEXT_BYTES);
    await pull(request());
    await expectWhole();
  });
});

describe('two pulls at once', () => {
  it('do not spoil each other: the second is told so', async () => {
    const ends = await Promise.allSettled([pull(request()), pull(request())]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const reason = ends.find((end) => end.status === 'rejected')?.reason as Error;
    expect(reason.message).toMatch(/A pull of small is under way in process \d+: wait for it/);
    await expectWhole();
  });

  it('and none is removed under way', async () => {
    let refused: unknown;
    await pull(
      request({
        finish: async (packed) => {
          refused = await removeModel('small', cache).catch((error: unknown) => error);
          return finish(packed);
        },
      }),
    );
    expect(String(refused)).toMatch(/under way/);
    await expectWhole();
  });
});

describe('what is on this machine already', () => {
  /** A folder of diffusers' layout. */
  const userFolder = (): string => {
    const own = join(scratch, 'mine');
    for (const [path, bytes] of [['unet/config.json', '{"kind":"unet"}'] as const, [UNET, UNET_BYTES] as const]) {
      mkdirSync(join(own, path, '..'), { recursive: true });
      writeFileSync(join(own, path), bytes);
    }
    return own;
  };

  /** The hub's cache after a download of the file by Python: a blob, and a link to it. */
  const fillHubCache = (repo: string, path: string, bytes: Uint8Array | string, etag: string, commit: string): void => {
    const at = join(hub.settings.cache, `models--${repo.replace('/', '--')}`);
    const link = join(at, 'snapshots', commit, path);
    for (const inside of [join(at, 'blobs'), join(at, 'refs'), join(link, '..')]) mkdirSync(inside, { recursive: true });
    writeFileSync(join(at, 'refs', 'main'), commit);
    writeFileSync(join(at, 'blobs', etag), bytes);
    symlinkSync(join(at, 'blobs', etag), link);
  };
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const fillAll = (): void => {
    const commit = 'e'.repeat(40);
    fillHubCache(REPO, 'unet/config.json', '{"kind":"unet"}', 'f00', commit);
    fillHubCache(REPO, UNET, UNET_BYTES, sha256(UNET_BYTES), commit);
    fillHubCache(REPO, TEXT, TEXT_BYTES, sha256(TEXT_BYTES), commit);
    fillHubCache('maker/tiny', 'model.safetensors', TINY_BYTES, sha256(TINY_BYTES), commit);
  };
  const treeOf = (at: string): string[] => readdirSync(at, { recursive: true, encoding: 'utf8' }).sort();

  it('in a folder of the user is not fetched, and decides for what it has', async () => {
    await pull(request({ from: userFolder() }));
    await expectWhole();
    expect(hub.seen.some(({ path }) => path.startsWith('unet/'))).toBe(false);
    expect(said[0]).toMatch(/1\.8 MB of weights from maker\/model, 0\.6 MB of it by the network, and 0\.5 MB/);
    rmSync(join(scratch, 'mine', UNET));
    await expect(pull(request({ from: join(scratch, 'mine') }))).rejects.toThrow(/mine has no unet\/model\.safetensors/);
  });

  it("in the hub's cache is used where it lies, and nothing is written there", async () => {
    fillAll();
    const before = treeOf(hub.settings.cache);
    await pull(request());
    await expectWhole();
    expect(dataGets()).toEqual([]);
    expect(treeOf(hub.settings.cache)).toEqual(before);
  });

  it('of another content than the hub names is not', async () => {
    fillHubCache(REPO, UNET, weightsFile(9), sha256(weightsFile(9)), 'e'.repeat(40));
    await pull(request());
    await expectWhole();
  });

  it('goes on from what was fetched before', async () => {
    const stop = new AbortController();
    const onProgress = (done: number): void => (done >= 1_000_000 ? stop.abort(new Error('Ctrl-C')) : undefined);
    await expect(pull(request({ signal: stop.signal, onProgress }))).rejects.toThrow('Ctrl-C');
    fillAll();
    const before = dataGets().length;
    await pull(request());
    await expectWhole();
    expect(dataGets()).toHaveLength(before);
    expect(said.some((line) => /are here from an earlier call/.test(line))).toBe(true);
  });

  it('is all there is without the network', async () => {
    const offline = { ...hub.settings, offline: true };
    await expect(pull(request({ settings: offline }))).rejects.toThrow(
      /maker\/model at revision "main" is not in the hub's cache .*HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set: unset it/,
    );
    fillAll();
    await pull(request({ settings: offline }));
    await expectWhole();
    expect(hub.seen).toEqual([]);
    rmSync(join(hub.settings.cache, 'models--maker--model', 'snapshots', 'e'.repeat(40), UNET));
    await removeModel('small', cache);
    await expect(pull(request({ settings: offline }))).rejects.toThrow(
      /has no unet\/model\.safetensors \(HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, so only/,
    );
  });

  it('is used where the hub is not reached', async () => {
    fillAll();
    await hub.close();
    await pull(request());
    await expectWhole();
    expect(said[0]).toMatch(/could not be reached.*the hub's cache has maker\/model and is used/);
    hub = await startHub();
  });
});

describe('the store', () => {
  it('lists finished models only, and tells which is damaged', async () => {
    expect(await pulledModels(cache)).toEqual([]);
    await pull(request());
    mkdirSync(join(cache, 'models', 'half'), { recursive: true });
    writeFileSync(join(cache, 'models', 'half', 'weights.safetensors.part'), 'x'.repeat(100));
    mkdirSync(join(cache, 'models', 'cut'));
    writeFileSync(join(cache, 'models', 'cut', 'weights.safetensors'), readFileSync(folder('weights.safetensors')).subarray(0, 9000));
    const models = await pulledModels(cache);
    expect(models.map(({ name, tensors, bytes, error }) => [name, tensors, bytes, error !== undefined])).toEqual([
      ['cut', 0, 9000, true],
      ['small', 5, statSync(folder('weights.safetensors')).size, false],
    ]);
    expect(models[0].error).toMatch(/truncated/);
  });

  it('removes a model and what an unfinished pull left', async () => {
    await pull(request());
    const { bytes } = (await pulledModels(cache))[0];
    writeFileSync(folder('weights.safetensors.part'), 'x'.repeat(100));
    expect(await removeModel('small', cache)).toBe(bytes + 100);
    expect(readdirSync(join(cache, 'models'))).toEqual([]);
    await expect(removeModel('small', cache)).rejects.toThrow(/small is not on this machine/);
    await expect(removeModel('../models', cache)).rejects.toThrow(/name of a model/);
  });
});
