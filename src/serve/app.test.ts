/** What the server of the studio gives: the page, the package's files, pictures, features. Requests are handed to it without a socket. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, makePage, startStudio } from '../../test/studio-page.ts';
import { DEFAULT_ENCODER, type Encoder, InputError, MODELS, openEncoder, type RgbImage } from '../toolkit.ts';
import type { FeatureMap, Watch } from '../types.ts';
import type { Studio } from './app-node.ts';

const { folder, page, files, remove } = makePage();
afterAll(remove);
const at = (name: string): string => join(folder, name);

let studio: Studio;
beforeAll(() => {
  for (const name of ['a.jpg', 'b.HEIC', 'evil.html', 'gone.png']) writeFileSync(at(name), `bytes of ${name}`);
  const inputs = ['a.jpg', 'b.HEIC', 'evil.html', 'gone.png'].map((name) => ({ path: at(name), bytes: 10 }));
  studio = startStudio({ folder: page, inputs });
});
afterAll(() => studio.close());

const telling = async (response: Response): Promise<{ status: number; error: string; code?: string }> => ({
  status: response.status,
  ...(await response.json()),
});

describe('the page', () => {
  it.each<[string, string, string, string]>([
    ['', 'index.html', 'text/html; charset=utf-8', 'no-store'],
    ['index.html', 'index.html', 'text/html; charset=utf-8', 'no-store'],
    ['assets/index-Ab3_fG7x.js', 'assets/index-Ab3_fG7x.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['sw.js?v=1', 'sw.js', 'text/javascript; charset=utf-8', 'no-cache'],
    ['files/worker.js', 'files/worker.js', 'text/javascript; charset=utf-8', 'no-cache'],
    ['two%20words.txt', 'two words.txt', 'text/plain; charset=utf-8', 'no-cache'],
  ])('%s is %s', async (path, name, type, caching) => {
    const response = await ask(studio, path);
    expect(await response.text()).toBe(files[name as keyof typeof files]);
    const told = ['content-type', 'cache-control', 'content-length', 'content-encoding'].map((header) => response.headers.get(header));
    expect(told).toEqual([type, caching, String(Buffer.byteLength(files[name as keyof typeof files])), null]);
  });

  it('keeps no name for ever that only looks like a hash', async () => {
    writeFileSync(join(page, 'ort-threaded.js'), '');
    const { headers, status } = await ask(studio, 'ort-threaded.js');
    expect([status, headers.get('cache-control'), headers.get('content-length')]).toEqual([200, 'no-cache', '0']);
  });

  it.each([
    ['gzip, deflate, br', 'br'],
    ['br;q=0.5', 'br'],
    ['BR', 'br'],
    ['gzip, br;q=0', null],
    ['br; q=0.00', null],
    ['brotli, sbr', null],
    ['', null],
  ])('for a browser that takes %j is compressed: %s', async (accepted, coding) => {
    const response = await ask(studio, 'assets/index-Ab3_fG7x.js', { headers: { 'accept-encoding': accepted } });
    expect(response.headers.get('content-encoding')).toBe(coding);
    expect(response.headers.get('content-type')).toMatch(/javascript/);
    const name = `assets/index-Ab3_fG7x.js${coding ? '.br' : ''}`;
    expect(Buffer.from(await response.arrayBuffer())).toEqual(readFileSync(join(page, name)));
    expect((await ask(studio, '', { headers: { 'accept-encoding': accepted } })).headers.get('content-encoding')).toBe(null); // none beside it
  });

  it('has its address end with a slash', async () => {
    const { status, headers } = await ask(studio, '/abcdefghijklmnopqrstuv');
    expect([status, headers.get('location')]).toEqual([308, '/abcdefghijklmnopqrstuv/']);
  });

  it('is told where it was not built', async () => {
    const response = await ask(startStudio({ folder: at('nowhere') }), '');
    expect([response.status, await response.text()]).toEqual([404, expect.stringMatching(/"npm run build" .* makes it\n$/)]);
  });
});

describe('files outside', () => {
  beforeAll(() => {
    writeFileSync(at('page-beside.txt'), 'secret');
    mkdirSync(join(page, 'folder'));
    if (process.platform === 'win32') return;
    symlinkSync(at('secret.txt'), join(page, 'link.txt'));
    symlinkSync(folder, join(page, 'up'));
    symlinkSync('sw.js', join(page, 'within.js'));
    symlinkSync('round', join(page, 'round'));
  });

  it.each([
    '../secret.txt',
    '..%2fsecret.txt',
    '..%2Fsecret.txt',
    '%2e%2e/secret.txt',
    '%2e%2e%2fsecret.txt',
    '.%2e/secret.txt',
    '..%5csecret.txt',
    '..%252fsecret.txt',
    'assets/..%2f..%2fsecret.txt',
    'assets%2f..%2f..%2fsecret.txt',
    '..%2fpage-beside.txt',
    '..%2f',
    '%00',
    'sw.js%00',
    '..%2fsecret.txt%00.js',
    '%ff',
    '%',
    '%2fetc%2fpasswd',
    '/etc/passwd',
    'C:%5cWindows%5cwin.ini',
    'file:%2f%2f%2fetc%2fpasswd',
    'link.txt',
    'up/secret.txt',
    'up%2fsecret.txt',
    'round',
    'folder',
    'folder/',
    '.',
    'x'.repeat(3000),
    'files/',
    'files/x.wasm',
    'files/__proto__',
    'files/constructor',
    'files/..%2f..%2fsecret.txt',
    'files/%2e%2e%2f%2e%2e%2fpackage.json',
  ])('are not there: %s', async (path) => {
    const response = await ask(studio, path);
    const text = await response.text();
    expect(text).not.toMatch(/secret|root:|"diffcut"|diffcut-studio/);
    if (path !== '.') expect(response.status).toBe(404); // which is the page itself
  });

  it.skipIf(process.platform === 'win32')('are not mixed up with links that stay within', async () => {
    expect(await (await ask(studio, 'within.js')).text()).toBe(files['sw.js']);
  });
});

describe("the package's own files", () => {
  it.each([
    ['efficientnet-lite.onnx', 'application/octet-stream', 'assets/efficientnet-lite.onnx'],
    ['ort-wasm-simd-threaded.wasm', 'application/wasm', 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'],
    ['ort-wasm-simd-threaded.asyncify.wasm', 'application/wasm', 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm'],
  ])('%s', async (name, type, path) => {
    const response = await ask(studio, `files/${name}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.equals(readFileSync(new URL(`../../${path}`, import.meta.url)))).toBe(true);
  });

  it.each(['x.wasm', '__proto__', 'constructor', 'toString'])('are no others: %s', async (name) => {
    const response = await ask(studio, `files/${name}`);
    expect([response.status, await response.text()]).toEqual([404, 'There is no such file\n']);
  });
});

describe('api/about', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('tells the version, and of each encoder what it is and whether it is here', async () => {
    vi.stubEnv('DIFFCUT_CACHE', at('cache'));
    const { version, machine, device, encoders } = await (await ask(studio, 'api/about')).json();
    expect({ version, machine, device }).toEqual({
      version: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
      machine: 'this computer',
      device: 'auto',
    });
    expect(encoders.map(({ name }: { name: string }) => name)).toEqual(MODELS.map(({ name }) => name));
    expect(encoders[0]).toEqual({
      name: 'embedded',
      what: 'EfficientNet-Lite2, before its head',
      here: true,
      bytes: 8_740_851,
      size: 768,
      multiple: 32,
      sizes: 'rounded',
      gridStep: 24,
      solver: 'merge',
      licence: 'Apache-2.0',
      note: "supervised on ImageNet: what it scores is not DiffCut's result",
    });
    expect(encoders.filter(({ here }: { here: boolean }) => here)).toHaveLength(1);
  });
});

describe('api/inputs', () => {
  it('lists the pictures of the command line, without their folders', async () => {
    const list = await (await ask(studio, 'api/inputs')).json();
    expect(list).toEqual(['a.jpg', 'b.HEIC', 'evil.html', 'gone.png'].map((name, i) => ({ id: String(i), name, bytes: 10 })));
  });

  it('gives their bytes, none of them as a page', async () => {
    for (const [id, name, type] of [
      ['0', 'a.jpg', 'image/jpeg'],
      ['1', 'b.HEIC', 'image/heic'],
      ['2', 'evil.html', 'application/octet-stream'],
    ]) {
      const response = await ask(studio, `api/inputs/${id}`);
      expect([await response.text(), response.headers.get('content-type')]).toEqual([`bytes of ${name}`, type]);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  it.each(['4', '-1', '0x0', '1e0', '00000000000', 'a.jpg', '..%2f..%2fsecret.txt', 'length', '%00'])('has no other: %s', async (id) => {
    expect(await telling(await ask(studio, `api/inputs/${id}`))).toMatchObject({ status: 404, code: 'E_FILE' });
  });

  it('tells of one that is gone', async () => {
    unlinkSync(at('gone.png'));
    expect(await telling(await ask(studio, 'api/inputs/3'))).toEqual({
      status: 404,
      error: expect.stringMatching(/gone\.png" does not exist/),
      code: 'E_FILE',
    });
    mkdirSync(at('gone.png'));
    expect(await telling(await ask(studio, 'api/inputs/3'))).toMatchObject({ status: 404, error: expect.stringMatching(/is a folder/) });
    rmSync(at('gone.png'), { recursive: true });
  });
});

const query = (parts: Record<string, unknown> = {}): string =>
  `api/features?${new URLSearchParams({ encoder: 'embedded', size: '64', width: '40', height: '30', ...parts } as Record<string, string>)}`;

const picture = (): Uint8Array<ArrayBuffer> => new Uint8Array(40 * 30 * 3).map((_, i) => (i * 7919) % 251);

/** A body that comes piece by piece, of no length that is told. */
const pieces = (...of: (Uint8Array | 'wait')[]): ReadableStream => {
  const left = [...of];
  return new ReadableStream({
    async pull(controller) {
      const piece = left.shift();
      if (piece === undefined) controller.close();
      else if (piece === 'wait') await new Promise(() => {});
      else controller.enqueue(piece);
    },
  });
};

/** An encoder that notes what is done with it. */
const fakeEncoder = (encode: (image: RgbImage, watch?: Watch) => Promise<FeatureMap>): Encoder & { disposed: number } => ({
  name: 'embedded',
  row: MODELS[0],
  device: 'cpu',
  inputSize: () => [64, 64],
  encode,
  disposed: 0,
  async dispose() {
    this.disposed++;
  },
});

const FEATURES: FeatureMap = { data: Float32Array.of(1, 2, 3), width: 1, height: 1, channels: 3, origin: { encoder: 'ä' } };

describe('api/features', () => {
  it('gives what the encoder gives of the same pixels', async () => {
    const response = await ask(studio, query({ size: 128 }), { method: 'POST', body: picture() });
    const encoder = await openEncoder(DEFAULT_ENCODER, { size: 128 });
    const { data, width, height, channels, origin } = await encoder.encode({ data: picture(), width: 40, height: 30 });
    await encoder.dispose();
    const { headers } = response;
    expect(width).not.toBe(height);
    expect([response.status, headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect(headers.get('x-features-shape')).toBe(`${height},${width},${channels}`);
    expect(JSON.parse(decodeURIComponent(headers.get('x-features-origin') ?? ''))).toEqual(origin);
    expect(new Float32Array(await response.arrayBuffer())).toEqual(data);
  });

  it('takes a body that comes in pieces, and the size of the encoder where none is given', async () => {
    const open = vi.fn(async () => fakeEncoder(async ({ data }) => ({ ...FEATURES, data: new Float32Array(data) })));
    const fresh = startStudio({ folder: page, open });
    const body = pieces(picture().subarray(0, 1), new Uint8Array(0), picture().subarray(1));
    const response = await ask(fresh, 'api/features?encoder=embedded&width=40&height=30', { method: 'POST', body });
    expect(new Float32Array(await response.arrayBuffer())).toEqual(new Float32Array(picture()));
    expect(open).toHaveBeenCalledWith('embedded', expect.objectContaining({ size: 768 }));
  });

  it.each<[string, Record<string, unknown>, number, RegExp, string]>([
    ['an encoder that is none', { encoder: 'embeded' }, 404, /Unknown encoder "embeded": did you mean "embedded"/, 'E_OPTION'],
    ['a path for an encoder', { encoder: '/etc' }, 404, /Unknown encoder "\/etc"/, 'E_OPTION'],
    ['no encoder', { encoder: '' }, 404, /Unknown encoder ""/, 'E_OPTION'],
    ['an encoder that is not here', { encoder: 'dinov2-b' }, 404, /get it with "diffcut models pull dinov2-b"/, 'E_MODEL'],
    ['a size that the encoder does not take', { size: '7' }, 400, /from 32 to 4096 for size but received 7/, 'E_OPTION'],
    ['a size that is no number', { size: 'large' }, 400, /for size but received NaN/, 'E_OPTION'],
    ['no width', { width: '' }, 400, /a whole number from 1 to 65535 for width but received ""/, 'E_OPTION'],
    ['a width of none', { width: '0' }, 400, /for width but received "0"/, 'E_OPTION'],
    ['a width below none', { width: '-40' }, 400, /for width but received "-40"/, 'E_OPTION'],
    ['a width and a half', { width: '40.5' }, 400, /for width but received "40\.5"/, 'E_OPTION'],
    ['a height beyond all', { height: '65536' }, 400, /for height but received "65536"/, 'E_OPTION'],
    ['a height of infinity', { height: 'Infinity' }, 400, /for height but received "Infinity"/, 'E_OPTION'],
    ['a picture that is too large', { width: '65535', height: '65535' }, 413, /65535 x 65535 pixels is too large/, 'E_INPUT'],
    ['a picture of another size', { width: '41' }, 400, /has 3600 bytes, and its picture 3690/, 'E_INPUT'],
    ['a picture that is smaller', { width: '39' }, 413, /more than the 3510 bytes/, 'E_INPUT'],
  ])('refuses %s', async (_, parts, status, sentence, code) => {
    vi.stubEnv('DIFFCUT_CACHE', at('cache'));
    const told = await telling(await ask(studio, query(parts), { method: 'POST', body: picture() }));
    vi.unstubAllEnvs();
    expect(told).toEqual({ status, error: expect.stringMatching(sentence), code });
  });

  it.each<[string, BodyInit | undefined, Record<string, string>, number]>([
    ['none', undefined, {}, 400],
    ['that ends early', pieces(picture().subarray(0, 3599)), {}, 400],
    ['that goes on', pieces(picture(), new Uint8Array(1), 'wait'), {}, 413],
    ['without an end', new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1000)) }), {}, 413],
    ['that says it is larger', picture(), { 'content-length': '3601' }, 413],
    ['that says it is smaller', picture(), { 'content-length': '3599' }, 400],
    ['that lies about being right and ends early', pieces(new Uint8Array(10)), { 'content-length': '3600' }, 400],
    ['that lies about being right and goes on', pieces(new Uint8Array(3601)), { 'content-length': '3600' }, 413],
    ['of an odd length', picture(), { 'content-length': 'many' }, 400],
    ['that breaks off', new ReadableStream({ pull: (to) => to.error(new Error('gone')) }), {}, 400],
    ['that stalls', pieces(new Uint8Array(10), 'wait'), {}, 408],
  ])('refuses a body: %s', async (_, body, headers, status) => {
    const open = vi.fn<typeof openEncoder>();
    const fresh = startStudio({ folder: page, open, patience: 20 });
    const told = await telling(await ask(fresh, query(), { method: 'POST', body, headers }));
    expect(told).toEqual({ status, error: expect.any(String), code: 'E_INPUT' });
    expect(open).not.toHaveBeenCalled();
  });

  it('opens the encoder once, and works off what came at once in turn', async () => {
    const log: string[] = [];
    let open = 0;
    const encode = async ({ width }: RgbImage): Promise<FeatureMap> => {
      log.push(`begins ${width}`);
      await new Promise(setImmediate);
      log.push(`ends ${width}`);
      return FEATURES;
    };
    const fresh = startStudio({
      folder: page,
      open: async () => {
        open++;
        return fakeEncoder(encode);
      },
    });
    const post = (width: number): Promise<Response> => ask(fresh, query({ width, height: 1 }), { method: 'POST', body: new Uint8Array(3 * width) });
    const statuses = (await Promise.all([1, 2, 3].map(post))).map(({ status }) => status);
    expect({ statuses, open }).toEqual({ statuses: [200, 200, 200], open: 1 });
    expect(log).toEqual(['begins 1', 'ends 1', 'begins 2', 'ends 2', 'begins 3', 'ends 3']);
  });

  it('keeps the two encoders open that were used last, and closes all at the end', async () => {
    const opened: { size: unknown; encoder: ReturnType<typeof fakeEncoder> }[] = [];
    const fresh = startStudio({
      folder: page,
      open: async (_, options) => {
        opened.push({ size: options?.size, encoder: fakeEncoder(async () => FEATURES) });
        return opened[opened.length - 1].encoder;
      },
    });
    for (const size of [64, 96, 64, 128, 64, 96]) await ask(fresh, query({ size }), { method: 'POST', body: picture() });
    expect(opened.map(({ size, encoder }) => [size, encoder.disposed])).toEqual([
      [64, 0],
      [96, 1],
      [128, 1],
      [96, 0],
    ]);
    await fresh.close();
    expect(opened.map(({ encoder }) => encoder.disposed)).toEqual([1, 1, 1, 1]);
  });

  it('opens an encoder anew that did not open', async () => {
    const open = vi.fn<typeof openEncoder>();
    open.mockRejectedValueOnce(new InputError('no device takes it', { code: 'E_DEVICE' }));
    open.mockResolvedValue(fakeEncoder(async () => FEATURES));
    const fresh = startStudio({ folder: page, open });
    const post = (): Promise<Response> => ask(fresh, query(), { method: 'POST', body: picture() });
    expect(await telling(await post())).toEqual({ status: 400, error: 'no device takes it', code: 'E_DEVICE' });
    expect((await post()).status).toBe(200);
  });

  it('stops the work of who goes away, and goes on with the next', async () => {
    const gone = new AbortController();
    let stopped: unknown;
    const encode = (_: RgbImage, watch?: Watch): Promise<FeatureMap> =>
      new Promise((resolve, reject) => {
        if (gone.signal.aborted) return resolve(FEATURES);
        watch?.signal?.addEventListener('abort', () => {
          stopped = watch.signal?.reason;
          reject(stopped);
        });
        gone.abort(new Error('gone'));
      });
    const report = vi.fn();
    const open = vi.fn<typeof openEncoder>(async () => fakeEncoder(encode));
    const fresh = startStudio({ folder: page, open, report });
    const first = ask(fresh, query(), { method: 'POST', body: picture(), signal: gone.signal });
    const waiting = ask(fresh, query({ size: 96 }), { method: 'POST', body: picture(), signal: gone.signal });
    const other = ask(fresh, query(), { method: 'POST', body: picture() });
    await Promise.all([first, waiting]);
    expect(stopped).toEqual(new Error('gone'));
    expect((await other).status).toBe(200);
    expect(open).toHaveBeenCalledTimes(1); // nothing for who waited
    expect(report).not.toHaveBeenCalled();
  });

  it('lets an encoder open on while who asked for it goes away', async () => {
    const gone = new AbortController();
    const open = vi.fn<typeof openEncoder>(async () => {
      gone.abort(new Error('gone'));
      await new Promise(setImmediate);
      return fakeEncoder(async () => FEATURES);
    });
    const fresh = startStudio({ folder: page, open });
    await ask(fresh, query(), { method: 'POST', body: picture(), signal: gone.signal });
    expect((await ask(fresh, query(), { method: 'POST', body: picture() })).status).toBe(200);
    expect(open).toHaveBeenCalledTimes(1);
  });

  it('lets nobody wait for an encoder that nobody wants any more', async () => {
    const gone = new AbortController();
    const open = vi.fn<typeof openEncoder>(async () => fakeEncoder(async () => FEATURES));
    open.mockImplementationOnce(() => {
      gone.abort(new Error('gone'));
      return new Promise(() => {});
    });
    const fresh = startStudio({ folder: page, open });
    await ask(fresh, query(), { method: 'POST', body: picture(), signal: gone.signal });
    expect((await ask(fresh, query({ size: 96 }), { method: 'POST', body: picture() })).status).toBe(200);
  });

  it('stops at the end of the server', async () => {
    let began = (): void => {};
    const begun = new Promise<void>((resolve) => (began = resolve));
    const encode = (_: RgbImage, watch?: Watch): Promise<FeatureMap> =>
      new Promise((_resolve, reject) => {
        watch?.signal?.addEventListener('abort', () => reject(watch.signal?.reason));
        began();
      });
    const report = vi.fn();
    const fresh = startStudio({ folder: page, open: async () => fakeEncoder(encode), report });
    const response = ask(fresh, query(), { method: 'POST', body: picture() });
    await begun;
    await fresh.close();
    expect((await response).status).toBe(503);
    expect((await ask(fresh, query(), { method: 'POST', body: picture() })).status).toBe(503);
    expect(report).not.toHaveBeenCalled();
  });

  it('tells the page nothing of what nobody foresaw, and the terminal all', async () => {
    const failure = new Error('at /home/me/secret.ts:1');
    const report = vi.fn();
    const open = async (): Promise<Encoder> => fakeEncoder(() => Promise.reject(failure));
    const response = await ask(startStudio({ folder: page, report, open }), query(), { method: 'POST', body: picture() });
    expect(await telling(response)).toEqual({ status: 500, error: expect.stringMatching(/^Something went wrong .* the terminal/) });
    expect(report).toHaveBeenCalledWith(failure);
  });
});
