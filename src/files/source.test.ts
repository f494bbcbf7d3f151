import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { type ByteSource, blobFiles, blobSource, partsOf, readJson, type UrlOptions, urlFiles } from './source.ts';
import { fileSource, folderFiles } from './source-web.ts';

/** A JSON that no walk by recursion survives. */
const DEEP = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);
const text = (value: string) => new Blob([value]);

describe('blobSource', () => {
  const source = blobSource('b', new Blob([BYTES]));

  it('reads ranges', async () => {
    expect(source.size).toBe(100);
    expect(await source.read(10, 13)).toEqual(Uint8Array.of(10, 11, 12));
    expect(await source.read(100, 100)).toEqual(new Uint8Array());
  });

  it.each([
    [-1, 2],
    [5, 4],
    [90, 101],
    [0.5, 2],
    [0, Number.NaN],
  ])('refuses the range %d to %d', async (start, end) => {
    await expect(source.read(start, end)).rejects.toThrow(/"b" has 100 bytes: there is no range from/);
  });

  it('stops when aborted', async () => {
    await expect(source.read(0, 1, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });

  it('says why a Blob cannot be read', async () => {
    const gone = new Blob([BYTES]);
    gone.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('the file changed')) }) as Blob;
    await expect(blobSource('b', gone).read(0, 1)).rejects.toThrow(/"b" could not be read \(the file changed\)/);
  });
});

describe('paths inside a model', () => {
  it.each(['', '/etc/passwd', '../x', 'a/../../x', './x', 'a//b', 'a/', 'C:/x', 'c:x', 'a\\b', '..\\x', 'a\0b'])('refuse %j', (path) => {
    expect(() => partsOf(path)).toThrow(/is not a path inside the model's folder/);
  });

  it('may have dots in their names', () => expect(partsOf('a/..b/c..json')).toEqual(['a', '..b', 'c..json']));
});

describe('blobFiles', () => {
  const files = blobFiles('picked', { 'a.json': text('{}'), 'unet/config.json': text('{}'), 'unet/x': text('x'), 'unet/deep/y': text('y') });

  it('opens by path', async () => {
    expect((await files.open('unet/x'))?.name).toBe('picked/unet/x');
    expect(await files.open('x')).toBeUndefined();
    expect(await files.open('toString')).toBeUndefined();
    await expect(files.open('../x')).rejects.toThrow(InputError);
  });

  it('lists a folder, not what lies deeper', async () => {
    expect(await files.list?.('')).toEqual(['a.json']);
    expect(await files.list?.('unet')).toEqual(['config.json', 'x']);
    expect(await files.list?.('vae')).toEqual([]);
  });
});

describe('readJson', () => {
  const read = (content: string | Blob) => readJson(blobFiles('m', { 'c.json': typeof content === 'string' ? text(content) : content }), 'c.json');

  it('gives the object', async () => {
    expect(await read('\ufeff{"a": 1}')).toEqual({ a: 1 });
    expect(await readJson(blobFiles('m', {}), 'c.json')).toBeUndefined();
  });

  it.each([
    ['', /"m\/c.json" is not JSON/],
    ['{', /"m\/c.json" is not JSON/],
    ['null', /"m\/c.json" holds no JSON object/],
    [DEEP, /^"m\/c.json" is not JSON \(nested more than 100 levels deep\): get the file again$/],
    ['{"a": NaN}', /"m\/c.json" is not JSON \(.*\): get the file again/],
    ['[1]', /"m\/c.json" holds no JSON object/],
    ['"x"', /holds no JSON object/],
  ])('refuses what is none: %#', async (content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toThrow(InputError);
  });

  it('refuses what is not UTF-8 or too large', async () => {
    await expect(read(new Blob([Uint8Array.of(0x7b, 0xff, 0x7d)]))).rejects.toThrow(/is not JSON/);
    const large = new Blob();
    Object.defineProperty(large, 'size', { value: 2 ** 30 });
    await expect(read(large)).rejects.toThrow(/has 1073741824 bytes: a JSON or text file of a model is at most/);
  });
});

/** What a server on the loopback does for a path: honest ranges, or one way to misbehave. */
const honest = (range: [number, number], response: ServerResponse, etag = '"1"') => {
  const end = Math.min(range[1], BYTES.length - 1);
  response.writeHead(206, { 'content-range': `bytes ${range[0]}-${end}/${BYTES.length}`, etag });
  response.end(BYTES.subarray(range[0], end + 1));
};
const later = (range: [number, number], response: ServerResponse, misbehave: () => void) => (range[1] === 0 ? honest(range, response) : misbehave());

const BEHAVIOURS: Record<string, (range: [number, number], response: ServerResponse) => void> = {
  '/good': honest,
  '/with%20space%23/c.json': honest,
  '/ignores': (_, response) => response.end(BYTES),
  '/ignores-later': (range, response) => later(range, response, () => response.end(BYTES)),
  '/empty': (_, response) => response.writeHead(416, { 'content-range': 'bytes */0' }).end(),
  '/no-content-range': (_, response) => response.writeHead(206).end(BYTES.subarray(0, 1)),
  '/unknown-size': (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-0/*' }).end(BYTES.subarray(0, 1)),
  '/other-first': (_, response) => response.writeHead(206, { 'content-range': 'bytes 5-5/100' }).end(BYTES.subarray(5, 6)),
  '/other-range': (range, response) => later(range, response, () => honest([range[0] + 1, range[1] + 1], response)),
  '/short': (range, response) =>
    later(range, response, () => response.writeHead(206, { 'content-range': `bytes ${range[0]}-${range[1]}/100` }).end(BYTES.subarray(0, 2))),
  '/long': (range, response) =>
    later(range, response, () => response.writeHead(206, { 'content-range': `bytes ${range[0]}-${range[1]}/100` }).end(BYTES)),
  '/cut': (range, response) =>
    later(range, response, () => {
      response.writeHead(206, { 'content-range': `bytes ${range[0]}-${range[1]}/100`, 'content-length': '10' });
      response.write(BYTES.subarray(0, 2), () => response.destroy());
    }),
  '/hangs': (range, response) =>
    later(range, response, () => response.writeHead(206, { 'content-range': `bytes ${range[0]}-${range[1]}/100` }).flushHeaders()),
  '/changes': (range, response) => later(range, response, () => honest(range, response, '"2"')),
  '/grows': (range, response) =>
    later(range, response, () => response.writeHead(206, { 'content-range': `bytes ${range[0]}-${range[1]}/200` }).end(BYTES.subarray(...range))),
  '/login': (_, response) => response.writeHead(401).end(),
  '/gated': (_, response) => response.writeHead(403).end(),
  '/broken': (_, response) => response.writeHead(500, 'Internal Server Error').end(),
};

describe('a file at a URL', () => {
  let server: Server;
  let base: string;
  const seen: (string | undefined)[] = [];
  const open = async (path: string, options: UrlOptions = {}): Promise<ByteSource> => (await urlFiles(base, options).open(path)) as ByteSource;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
      const path = request.url?.replace(/\?.*/, '') ?? '';
      seen.push(request.headers.authorization);
      if (range && Object.hasOwn(BEHAVIOURS, path)) BEHAVIOURS[path]([Number(range[1]), Number(range[2])], response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('reads ranges, with its headers', async () => {
    seen.length = 0;
    const source = (await urlFiles(`${base}?secret=1`, { headers: { authorization: 'Bearer x' } }).open('good')) as ByteSource;
    expect(source.size).toBe(100);
    expect(source.name).toBe(`${base}/good`);
    expect(await source.read(98, 100)).toEqual(Uint8Array.of(98, 99));
    expect(await source.read(0, 100)).toEqual(BYTES);
    expect(await source.read(7, 7)).toEqual(new Uint8Array());
    expect(seen).toEqual(['Bearer x', 'Bearer x', 'Bearer x']);
    await expect(source.read(0, 101)).rejects.toThrow(/there is no range/);
  });

  it('knows an empty file', async () => expect((await open('empty')).size).toBe(0));

  it.each([
    ['ignores', /\/ignores" comes from a server that ignores range requests/],
    ['no-content-range', /has no Content-Range/],
    ['unknown-size', /has the Content-Range "bytes 0-0\/\*"/],
    ['other-first', /the server answers with another range/],
    ['login', /needs a login/],
    ['gated', /accept its licence/],
    ['broken', /the server answered 500 Internal Server Error/],
  ])('refuses at once a server that %s', async (path, message) => {
    await expect(open(path)).rejects.toThrow(message);
    await expect(open(path)).rejects.toThrow(InputError);
  });

  it.each([
    ['ignores-later', /ignores range requests/],
    ['other-range', /asked for bytes 10 to 20, the server sent 11 to 21/],
    ['short', /was cut short: the server sent 2 of 10 bytes/],
    ['long', /sent more than the 10 bytes/],
    ['cut', /could not be read \(/],
    ['changes', /changed on the server while it was read/],
    ['grows', /changed on the server while it was read/],
  ])('refuses a range from a server that %s', async (path, message) => {
    const source = await open(path);
    const reading = source.read(10, 20);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(InputError);
  });

  it('stops when aborted, by either signal', async () => {
    await expect(open('good', { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    const all = new AbortController();
    const source = await open('hangs', { signal: all.signal });
    const mine = new AbortController();
    const reading = source.read(0, 10, mine.signal);
    mine.abort(new Error('enough'));
    await expect(reading).rejects.toThrow(/^enough$/);
    all.abort(new Error('all over'));
    await expect(source.read(0, 10)).rejects.toThrow(/^all over$/);
  });

  it('gives a server up that sends nothing', async () => {
    const source = await open('hangs', { timeout: 0.05 });
    await expect(source.read(0, 10)).rejects.toThrow(/\/hangs" sent nothing for 0\.05 s: try again later, or raise timeout/);
    await expect(open('good', { timeout: 0 })).rejects.toThrow(/for timeout but received 0/);
  });

  it('gives the reason of an abort amid a body', async () => {
    const stop = new AbortController();
    const answer = (range: string, body: BodyInit) => new Response(body, { status: 206, headers: { 'content-range': range } });
    const halfway = new ReadableStream({
      pull(stream) {
        stop.abort(new Error('enough'));
        stream.error(new Error('terminated'));
      },
    });
    const answers = [answer('bytes 0-0/9', 'x'), answer('bytes 0-4/9', halfway)];
    const source = (await urlFiles('http://x.test', { fetch: async () => answers.shift()! }).open('a')) as ByteSource;
    await expect(source.read(0, 5, stop.signal)).rejects.toThrow(/^enough$/);
  });

  it('says why nothing answers, and refuses what is no web address', async () => {
    const down: typeof fetch = () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }));
    await expect(urlFiles('http://x.test/?b', { fetch: down }).open('a')).rejects.toThrow(
      /^"http:\/\/x.test\/a" could not be read \(fetch failed: ECONNREFUSED\)$/,
    );
    expect(() => urlFiles('file:///etc/passwd')).toThrow(/Expected an http: or https: URL for url/);
    expect(() => urlFiles('models/x')).toThrow(/Expected an http: or https: URL for url/);
  });

  it('is a folder of files', async () => {
    const files = urlFiles(`${base}/with%20space%23/?token=1`);
    expect((await files.open('c.json'))?.size).toBe(100);
    expect(await files.open('d.json')).toBeUndefined();
    expect((await urlFiles(base).open('with space#/c.json'))?.size).toBe(100);
    await expect(files.open('../good')).rejects.toThrow(/is not a path inside/);
    await expect(urlFiles(base).open('broken')).rejects.toThrow(/500/);
    expect(files.name).toBe(`${base}/with%20space%23/`);
  });
});

describe('in a page', () => {
  it('there are no folders', async () => {
    await expect(fileSource('x')).rejects.toThrow(/"x" could not be read: .* blobFiles or urlFiles/);
    expect(() => folderFiles('y')).toThrow(InputError);
  });
});
