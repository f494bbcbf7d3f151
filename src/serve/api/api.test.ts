/** The server without a socket and without processes: who is answered, with what, and how much of it at a time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { unpackClip } from '../../../test/clips.ts';
import { closeNamers } from '../../jobs/labelling-node.ts';
import { lanesHere } from '../../lanes/lanes.ts';
import { decodeLabelPng, type Encoder, encodePng, FORMATS, MODELS } from '../../toolkit.ts';
import { type Api, type ApiConfig, createApi } from './api-node.ts';
import { apiWork } from './work-node.ts';

/** Left half unlike the right one; each picture waits for the gate. */
let gate: (signal: AbortSignal | undefined) => Promise<void> = async () => {};
const encoder: Encoder = {
  name: 'embedded',
  row: MODELS[0],
  device: 'cpu',
  inputSize: () => [64, 64],
  async encode(_, watch) {
    await gate(watch?.signal);
    return { data: Float32Array.from({ length: 32 }, (_, i) => Number((i >> 1) % 4 < 2 === (i % 2 === 0))), width: 4, height: 4, channels: 2 };
  },
  dispose: async () => {},
};
const png = (await encodePng({
  data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200)),
  width: 16,
  height: 12,
})) as Uint8Array<ArrayBuffer>;

const lines: string[] = [];
const reported: unknown[] = [];
const LIMITS = { maxMegapixels: 0.001, maxMegabytes: 0.01, seconds: 5, keep: 60, queue: 1 };
const apiOf = (config: Partial<ApiConfig> = {}): Api => {
  const lanes = lanesHere(apiWork, encoder);
  return createApi({ ...LIMITS, lanes, encoder: 'embedded', log: (line) => lines.push(line), report: (error) => reported.push(error), ...config });
};
const local = apiOf();
await local.open();
afterAll(() => local.close(1000));

const HOST = '127.0.0.1:8000';
const ask = (path: string, init: RequestInit & { headers?: Record<string, string> } = {}, api = local) =>
  Promise.resolve(api.fetch(new Request(`http://${init.headers?.host ?? HOST}${path}`, { ...init, headers: { host: HOST, ...init.headers } })));
const post = (path: string, body: BodyInit = png, headers: Record<string, string> = { 'content-type': 'image/png' }, api = local) =>
  ask(path, { method: 'POST', body, headers }, api);
const refusal = async (answer: Promise<Response>): Promise<[number, string, string]> => {
  const response = await answer;
  const { error, code } = (await response.json()) as { error: string; code: string };
  expect(error).not.toMatch(/\n| at .*:\d+/);
  return [response.status, code, error];
};
const turns = async (): Promise<void> => {
  for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a picture that is posted', () => {
  it('comes back as labels, as a record with masks, and as any format', async () => {
    const labels = await post('/segment?tau=0.5');
    expect([labels.status, labels.headers.get('content-type'), labels.headers.get('x-segments')]).toEqual([200, 'image/png', '2']);
    expect((await decodeLabelPng(new Uint8Array(await labels.arrayBuffer()), 'answer')).width).toBe(16);
    const record = await (await post('/segment?tau=0.5', png, { accept: 'application/json' })).json();
    expect(record).toMatchObject({
      picture: { width: 16, height: 12 },
      tau: 0.5,
      segments: [{ id: 0, segmentation: { size: [12, 16] } }, { id: 1 }],
    });
    for (const format of Object.keys(FORMATS)) expect([format, (await post(`/segment?tau=0.5&format=${format}`)).status]).toEqual([format, 200]);
    const zip = await post('/segment?tau=0.5&format=masks');
    expect([zip.headers.get('content-type'), new Uint8Array(await zip.arrayBuffer()).subarray(0, 2)]).toEqual([
      'application/zip',
      Uint8Array.of(80, 75),
    ]);
  });

  it('may be the file of a form, whose fields are options', async () => {
    const form = new FormData();
    form.set('image', new File([png], '../../a b.png'));
    form.set('tau', '0.5');
    form.set('firstId', '7');
    const answer = await ask('/segment', { method: 'POST', body: form, headers: { accept: 'application/json' } });
    expect(await answer.json()).toMatchObject({ picture: { name: 'a b.png' }, segments: [{ id: 7 }, { id: 8 }] });
    form.set('other', new File([png], 'b.png'));
    expect(await refusal(ask('/segment', { method: 'POST', body: form }))).toEqual([400, 'E_INPUT', expect.stringMatching(/2 files/)]);
  });

  it.each(['image/jpeg', 'application/octet-stream', '', 'application/x-www-form-urlencoded'])('may be bytes of the type "%s"', async (type) => {
    expect((await post('/segment?tau=0.5', png, { 'content-type': type })).status).toBe(200);
  });

  it.each([
    ['an unknown option', '/segment?prize=1', png, 'image/png', 400, /did you mean "price"/],
    ['an option out of range', '/segment?price=2', png, 'image/png', 400, /from 0 to 1 for price/],
    ['an option that is no number', '/segment?price=', png, 'image/png', 400, /for price/],
    ['an option twice', '/segment?price=0&price=1', png, 'image/png', 400, /one value/],
    ['the encoder, which is the server’s', '/segment?encoder=/etc', png, 'image/png', 400, /Unknown option/],
    ['a way into the network', '/segment?allowPrivate=true', png, 'image/png', 400, /Unknown option/],
    ['options that exclude each other', '/segment?tau=0.5&price=0.1', png, 'image/png', 400, /leave one out/],
    ['an option that the format does not take', '/segment?tolerance=2', png, 'image/png', 400, /tolerance goes with .*svg.*: the format is labels/],
    ['an option of sets', '/segment?polygons=true&format=labelme', png, 'image/png', 400, /Unknown option/],
    ['an unknown format', '/segment?format=constructor', png, 'image/png', 400, /one of labels/],
    ['no picture', '/segment', Uint8Array.of(1, 2, 3), 'image/png', 422, /picture/],
    ['an address', '/segment', 'http://169.254.169.254/', 'application/octet-stream', 422, /picture/],
    ['nothing', '/segment', '', 'image/png', 400, /empty/],
    ['a page', '/segment', '<p>', 'text/html', 415, /"text\/html" is not taken/],
    ['a form that is none', '/segment', 'x', 'multipart/form-data; boundary=y', 400, /form cannot be read/],
    ['a body over the limit', '/segment', new Uint8Array(10_001), 'image/png', 413, /10000 bytes/],
  ])('is refused with %s', async (_, path, body, type, status, sentence) => {
    expect(await refusal(post(path, body as BodyInit, { 'content-type': type }))).toEqual([
      status,
      expect.stringMatching(/^E_/),
      expect.stringMatching(sentence),
    ]);
  });

  it('is refused with more pixels than the limit, before they are decoded', async () => {
    const large = await encodePng({ data: new Uint8Array(40 * 30 * 3), width: 40, height: 30 });
    expect(await refusal(post('/segment', large as Uint8Array<ArrayBuffer>))).toEqual([
      413,
      'E_INPUT',
      expect.stringMatching(/40 x 30 pixels is too large/),
    ]);
  });
});

describe('a server that names segments', () => {
  const folder = mkdtempSync(join(tmpdir(), 'diffcut serve '));
  vi.stubEnv('DIFFCUT_CACHE', join(folder, 'cache'));
  const model = unpackClip('plain-vit', folder);
  const naming = apiOf({ names: { model, options: { device: 'cpu', threads: 1, worker: false } }, seconds: 300 });
  afterAll(async () => {
    await naming.close(1000);
    await closeNamers();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  const segments = async (query: string): Promise<{ id: number; name?: string; score?: number }[]> => {
    const answer = await post(`/segment?tau=0.5&${query}`, png, { accept: 'application/json', 'content-type': 'image/png' }, naming);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { segments: never[] }).segments;
  };

  it('does so where a request gives classes, or the name of a list', async () => {
    const named = await segments('classes=cat,%20dog,sofa');
    expect(named).toHaveLength(2);
    for (const { name, score } of named) {
      expect(['cat', 'dog', 'sofa']).toContain(name);
      expect(score).toBeGreaterThan(1 / 3);
    }
    const [{ name, score }] = named;
    expect((await segments('vocabulary=voc&minScore=1')).every((one) => one.name === undefined && one.score === undefined)).toBe(true);
    const merged = await segments('classes=cat&mergeNames=true');
    expect(merged).toMatchObject([{ id: 0, name: 'cat', score: 1 }]);
    const only = await segments(`classes=cat,dog,sofa&only=${name}`);
    expect(only[0]).toMatchObject({ id: 1, name, score });
    expect(await segments('')).toEqual([expect.not.objectContaining({ name }), expect.not.objectContaining({ name })]);
    const svg = await (await post(`/segment?tau=0.5&classes=cat&format=svg`, png, { 'content-type': 'image/png' }, naming)).text();
    expect(svg).toContain('data-name="cat"');
  });

  it.each([
    ['both ways to say which', 'classes=cat&vocabulary=voc', /Both classes and vocabulary/],
    ['how, but not which', 'minScore=0.5', /^minScore is of names: say which there are, with classes or vocabulary/],
    ['a list that there is not', 'vocabulary=/etc/passwd', /^Unknown vocabulary/],
    ['a name that there is not', 'classes=cat&only=dog', /^Unknown name "dog"/],
    ['no name', 'classes=,', /a list of names/],
    ['one twice', 'classes=cat,cat', /twice/],
    ['two backgrounds', 'classes=cat&only=cat&firstId=2', /^only makes all else 0/],
    ['the model, which is the server\u2019s', 'namesModel=x', /Unknown option/],
  ])('refuses %s', async (_, query, sentence) => {
    expect(await refusal(post(`/segment?${query}`, png, { 'content-type': 'image/png' }, naming))).toEqual([
      400,
      'E_OPTION',
      expect.stringMatching(sentence),
    ]);
  });

  it('tells of it, and others say in a sentence that they do not', async () => {
    const namesOf = async (api: Api): Promise<string[]> => {
      const { paths } = (await (await ask('/openapi.json', {}, api)).json()) as {
        paths: { '/segment': { post: { parameters: { name: string }[] } } };
      };
      return paths['/segment'].post.parameters.map(({ name }) => name).filter((name) => ['classes', 'minScore', 'only'].includes(name));
    };
    expect([await namesOf(naming), await namesOf(local)]).toEqual([['classes', 'minScore', 'only'], []]);
    const sentence = /^classes is of names, which \/segment gives where the server was started with --names-model/;
    expect(await refusal(post('/segment?classes=cat'))).toEqual([400, 'E_OPTION', expect.stringMatching(sentence)]);
    expect(await refusal(post('/analyse?classes=cat', png, { 'content-type': 'image/png' }, naming))).toEqual([
      400,
      'E_OPTION',
      expect.stringMatching(sentence),
    ]);
  });
});

describe('a caller', () => {
  const token = 'secret';
  const guarded = apiOf({ token });
  afterAll(() => guarded.close(1000));
  const status = async (headers: Record<string, string>, api = guarded): Promise<number> => (await ask('/openapi.json', { headers }, api)).status;
  const basic = (login: string): Record<string, string> => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` });

  it('has the token, as a bearer or as a password, or gets 401', async () => {
    expect(await status({ authorization: 'Bearer secret' })).toBe(200);
    expect(await status({ ...basic('anyone:secret'), host: 'example.org' })).toBe(200);
    const wrong = [{}, { authorization: 'secret' }, { authorization: 'Bearer secre' }, { authorization: 'Bearer secrett' }, basic('secret:no')];
    for (const headers of wrong) expect(await status(headers as Record<string, string>)).toBe(401);
    expect((await ask('/healthz', {}, guarded)).status).toBe(200);
    expect((await ask('/metrics', {}, guarded)).status).toBe(401);
  });

  it('without a token is a program of this machine: no name that points here, no page of another origin', async () => {
    for (const host of ['127.0.0.1:8000', 'localhost:8000', '[::1]:8000']) expect(await status({ host }, local)).toBe(200);
    for (const host of ['example.org', '127.0.0.1.nip.io:8000', '10.0.0.1:8000']) expect(await status({ host }, local)).toBe(403);
    for (const [name, value] of [
      ['origin', 'https://example.org'],
      ['origin', 'null'],
      ['sec-fetch-site', 'cross-site'],
    ])
      expect(await status({ [name]: value }, local)).toBe(403);
    expect(await status({ origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' }, local)).toBe(200);
  });

  it('is told which addresses and methods there are', async () => {
    expect(await refusal(ask('/none'))).toEqual([404, 'E_FILE', expect.stringMatching(/openapi/)]);
    const wrong = await ask('/analyse');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
    expect((await ask('/metrics', { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD');
  });

  it('may ask for the head alone, as supervisors do', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/health']) {
      const head = await ask(path, { method: 'HEAD' });
      expect([path, head.status, await head.text()]).toEqual([path, 200, '']);
    }
    expect((await ask('/segment', { method: 'HEAD' })).status).toBe(405);
  });
});

describe('the queue', () => {
  it('sends away what is too much, goes on when a client hangs up, and lets what is inside end', async () => {
    const api = apiOf();
    await api.open();
    let free = (): void => {};
    let aborted = 0;
    let entered = 0;
    gate = (signal) =>
      new Promise((resolve, reject) => {
        entered++;
        free = resolve;
        signal?.addEventListener('abort', () => {
          aborted++;
          reject(signal.reason);
        });
      });
    const hanging = new AbortController();
    const first = ask('/segment', { method: 'POST', body: png, signal: hanging.signal }, api);
    await vi.waitFor(() => expect(entered).toBe(1));
    const second = post('/segment', png, {}, api);
    await turns();
    const third = await post('/segment', png, {}, api);
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await (await ask('/metrics', {}, api)).text()).toMatch(/diffcut_requests_inside 2\n/);
    hanging.abort('gone'); // no Error, as the socket's side has it
    await first;
    expect(lines.at(-1)).toMatch(/^POST \/segment 499 /);
    expect(aborted).toBe(1);
    await vi.waitFor(() => expect(entered).toBe(2));
    const closed = api.close(5000);
    const late = await post('/segment', png, {}, api);
    expect([late.status, (await ask('/readyz', {}, api)).status]).toEqual([503, 503]);
    free();
    expect((await second).status).toBe(200);
    await closed;
    gate = async () => {};
  });

  it('gives a picture so many seconds', async () => {
    const api = apiOf({ seconds: 0.02 });
    gate = (signal) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    expect(await refusal(post('/segment', png, {}, api))).toEqual([504, 'E_INPUT', expect.stringMatching(/longer than 0.02 s/)]);
    gate = async () => {};
    await api.close(0);
  });

  it('tells nothing of what nobody foresaw', async () => {
    gate = async () => {
      throw new Error('/home/me: secret');
    };
    const [status, code, error] = await refusal(post('/segment'));
    expect([status, code]).toEqual([500, undefined]);
    expect(error).not.toMatch(/secret/);
    expect(reported.at(-1)).toMatchObject({ message: '/home/me: secret' });
    gate = async () => {};
  });
});

describe('an analysis', () => {
  it('is drawn at any granularity, without the encoder', async () => {
    const analysed = await post('/analyse');
    const { id, width, height } = (await analysed.json()) as { id: string; width: number; height: number };
    expect([analysed.status, width, height]).toEqual([201, 16, 12]);
    gate = async () => {
      throw new Error('encoded again');
    };
    const count = async (query: string): Promise<string | null> => (await ask(`/draw?id=${id}&${query}`)).headers.get('x-segments');
    expect([await count('price=1'), await count('price=0.01')]).toEqual(['1', '2']);
    expect(await (await ask(`/draw?id=${id}&format=json`)).json()).toMatchObject({ picture: { width: 16 }, segments: [{ id: 0 }, { id: 1 }] });
    expect((await ask(`/draw?id=${id}&alpha=3`)).status).toBe(400);
    expect((await ask(`/analyse?id=${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await refusal(ask(`/draw?id=${id}`))).toEqual([404, 'E_FILE', expect.stringMatching(/analyse the picture again/)]);
    gate = async () => {};
  });
});

describe('what is told of the server', () => {
  it('is counted by route, whatever a client writes, and a line a request', async () => {
    await ask('/none"}\n');
    const text = await (await ask('/metrics')).text();
    expect(text).toMatch(/diffcut_requests_total\{route="\/segment",status="200"\} \d+\n/);
    expect(text).toMatch(/diffcut_requests_total\{route="other",status="404"\} \d+\n/);
    expect(text).toMatch(/diffcut_request_seconds_bucket\{route="\/segment",le="\+Inf"\} \d+\n/);
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^{}]*\})? [\d.e+-]+)$/);
    expect(lines).toContainEqual(expect.stringMatching(/^POST \/segment 200 \d+\.\d{3} s 16,12$/));
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
  });

  it('is an OpenAPI of all routes and of every option', async () => {
    const api = (await (await ask('/openapi.json')).json()) as { openapi: string; paths: Record<string, Record<string, never>>; components: never };
    expect(api.openapi).toBe('3.1.0');
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const method of Object.keys(methods)) expect([path, (await ask(path, { method: method.toUpperCase() })).status]).not.toEqual([path, 405]);
    }
    const { parameters } = api.paths['/segment'].post as { parameters: { name: string; in: string; schema: object }[] };
    const schemas = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
    expect(schemas).toMatchObject({
      price: { type: 'number', minimum: 0, maximum: 1 },
      minArea: { type: 'integer', default: 0 },
      refine: { enum: ['edges', 'vote', 'pamr', 'crf', 'none'] },
      split: { type: 'boolean' },
      format: { enum: Object.keys(FORMATS) },
    });
    const text = JSON.stringify(api);
    for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      let at: unknown = api;
      for (const key of path.split('/')) at = (at as Record<string, unknown>)[key];
      expect([path, at]).toEqual([path, expect.anything()]);
    }
  });
});
