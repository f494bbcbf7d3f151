import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { InputError } from '../errors.ts';
import type { ByteSource } from './source.ts';
import { type UrlOptions, urlFiles } from './url.ts';

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);

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

  it('gives a server up that sends a byte now and then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      let seconds = 0;
      const drip = new ReadableStream({
        pull(body) {
          seconds += 59;
          vi.advanceTimersByTime(59_000);
          if (seconds > 1000) body.close();
          else body.enqueue(Uint8Array.of(1));
        },
      });
      const answer = (range: string, body: BodyInit) => new Response(body, { status: 206, headers: { 'content-range': range } });
      const answers = [answer('bytes 0-0/99', 'x'), answer('bytes 0-98/99', drip)];
      const source = (await urlFiles('http://x.test', { fetch: async () => answers.shift()! }).open('a')) as ByteSource;
      await expect(source.read(0, 99)).rejects.toThrow(
        /^"http:\/\/x\.test\/a" was sent too slowly: less than 1 MiB in 120 s, so try again later, or download the file$/,
      );
      expect(seconds).toBeLessThan(300);
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes no allowPrivate beside a fetch that follows redirects itself', () => {
    expect(() => urlFiles('http://x.test', { fetch, allowPrivate: true })).toThrow(/^allowPrivate has no meaning beside a fetch of your own/);
    expect(urlFiles('http://x.test', { fetch, allowPrivate: false }).name).toBe('http://x.test/');
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
      /^"http:\/\/x.test\/a" could not be read \(ECONNREFUSED\)$/,
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
