import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createPipe } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { READING } from '../options/segment.ts';
import { resolveOptions } from '../options/spec.ts';
import { isPrivate } from './addresses-node.ts';
import { type Fetch, fetchBytes, type Limits } from './download.ts';
import { fetchUrl } from './fetch-node.ts';
import type { Network } from './lookup-node.ts';

const FILE = new TextEncoder().encode('a picture, say');
const ZEROS = new Uint8Array(2 ** 22);
const limits = (given: Partial<Limits> = {}): Limits => resolveOptions('a download', READING, given);

/** What a server that is meant badly does. @param bytes of a body that says nothing of its length, piece by piece */
const PATHS: Record<string, RequestListener> = {
  '/good': (_, response) => response.end(FILE),
  '/told': (_, response) => response.writeHead(200, { 'content-length': 5000 }).end(Buffer.alloc(5000)),
  '/endless': (_, response) => {
    const more = (): void => {
      while (response.write(Buffer.alloc(500)));
    };
    response.on('drain', more);
    more();
  },
  '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(ZEROS)),
  '/br': (_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(ZEROS)),
  '/twice': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync(ZEROS))),
  '/packed': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(FILE)),
  '/short': (_, response) => {
    response.writeHead(200, { 'content-length': 5000 });
    response.write(FILE, () => response.destroy());
  },
  '/stuck': (_, response) => response.write('a'),
  '/silent': () => {},
  '/gone': (_, response) => response.writeHead(410).end('no more'),
  '/login': ({ headers }, response) => response.end(headers.authorization ?? 'nobody'),
};

const failure = (work: Promise<unknown>): Promise<{ name: string; code: string; message: string }> =>
  work.then(
    () => undefined,
    (e) => e,
  ) as never;

describe('a download', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((request, response) => PATHS[request.url?.replace(/\?.*/, '') ?? '']?.(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const get = (path: string, given?: Partial<Limits>) => fetchBytes(address + path, limits(given));

  it.each(['/good', '/packed'])('is what lies at %s', async (path) => expect(await get(path, { maxBytes: FILE.length })).toEqual(FILE));

  it.each(['/told', '/endless', '/gzip', '/br', '/twice'])('is read up to a limit of unpacked bytes at %s', async (path) => {
    const { code, message } = await failure(get(path, { maxBytes: 2000 }));
    expect(code).toBe('E_INPUT');
    expect(message).toBe(`${address}${path} is larger than 2000 bytes, the limit of a download: raise maxBytes (--max-bytes) to accept it`);
  });

  it.each(['/stuck', '/silent'])('is given up where nothing comes at %s', async (path) => {
    const { code, message } = await failure(get(path, { timeout: 0.03 }));
    expect(code).toBe('E_NETWORK');
    expect(message).toBe(`${address}${path} sent nothing for 0.03 s: try again later, or raise timeout (--timeout)`);
  });

  it.each([
    ['/short', /\/short broke off \(.*\): try again$/],
    ['/gone', /\/gone answered 410 Gone: check the address$/],
  ])('that fails at %s is told in a sentence', async (path, message) => {
    expect(await failure(get(path))).toMatchObject({ name: 'InputError', code: 'E_NETWORK', message: expect.stringMatching(message) });
  });

  it('gives a login to its host, and never tells it', async () => {
    const login = address.replace('//', '//me:p%C3%A4ss@');
    const sent = new TextDecoder().decode(await fetchBytes(`${login}/login`, limits()));
    expect(sent).toBe(`Basic ${Buffer.from('me:p\u00e4ss').toString('base64')}`);
    const { message } = await failure(fetchBytes(`${login}/gone?key=1`, limits()));
    expect(message).toBe(`${address}/gone answered 410 Gone: check the address`);
  });

  it('is stopped by the signal, with its reason', async () => {
    const stop = new AbortController();
    const work = get('/stuck', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(work).rejects.toThrow(/^enough$/);
    await expect(get('/good', { signal: stop.signal })).rejects.toThrow(/^enough$/);
  });

  it('that comes a byte a minute is given up after ten times as long as silence may last', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      let seconds = 0;
      const drip: Fetch = async (_, { signal }) =>
        new Response(
          new ReadableStream({
            start: (body) => signal?.addEventListener('abort', () => body.error(signal.reason)),
            pull(body) {
              vi.advanceTimersByTime(50_000);
              seconds += 50;
              if (!signal?.aborted) body.enqueue(Uint8Array.of(1));
            },
          }),
        );
      const { message } = await failure(fetchBytes('https://example.org/a', limits(), drip));
      expect(message).toBe('https://example.org/a was not all there after 600 s: get the file first and give its path, or raise timeout (--timeout)');
      expect(seconds).toBe(600);
    } finally {
      vi.useRealTimers();
    }
  });

  it('whose headers never end is given up', async () => {
    const endless = createPipe((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write(`x-a: ${'b'.repeat(1000)}\r\n`));
      };
      socket.on('drain', more);
      more();
    });
    await new Promise<void>((done) => endless.listen(0, '127.0.0.1', done));
    const { message } = await failure(fetchBytes(`http://127.0.0.1:${(endless.address() as AddressInfo).port}/a`, limits()));
    expect(message).toMatch(/\/a could not be fetched \(Headers Overflow Error\): check the address and the network$/);
    endless.close();
  });

  it.each(['http://[', 'https://a b/', 'http://me:pass@host:99999/?key=1', 'http://'])('is of an address: not %s', async (text) => {
    const { code, message } = await failure(fetchBytes(text, limits()));
    expect(code).toBe('E_OPTION');
    expect(message).toMatch(/^Expected an http: or https: URL for the picture but received "https?:\/\/[^"]*" of type string$/);
    expect(message).not.toMatch(/pass|key/);
  });

  it('is named by 100 letters of a long address', async () => {
    const { message } = await failure(fetchBytes(`http://127.0.0.1:1/${'a'.repeat(3000)}`, limits()));
    expect(message.length).toBeLessThan(400);
  });
});

describe('redirects', () => {
  const requests: string[] = [];
  let server: Server;
  let port: number;
  /** By path: where it leads. */
  const LEADS: Record<string, string> = {};
  beforeAll(async () => {
    server = createServer(({ headers, url = '' }, response) => {
      requests.push(`${headers.host?.replace(/:\d+$/, '')}${url} ${headers.authorization ?? '-'} ${headers['x-key'] ?? '-'} ${headers.range ?? '-'}`);
      const to = LEADS[url];
      if (to) response.writeHead(302, { location: to }).end('elsewhere');
      else response.end(FILE);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  /** All names but one lead to this machine, and that is private where the name says so. */
  const network = (): Network => {
    let asked = '';
    return {
      lookup(host, _, done) {
        asked = host;
        done(
          null,
          host === 'rebound.test'
            ? [
                { address: '93.184.216.34', family: 4 },
                { address: '10.0.0.7', family: 4 },
              ]
            : [{ address: '127.0.0.1', family: 4 }],
        );
      },
      isPrivate: (address) => (address === '127.0.0.1' ? asked.startsWith('lan') : isPrivate(address)),
    };
  };
  const get = (path: string, given?: Partial<Limits>, host = 'www.test') => {
    requests.length = 0;
    return fetchBytes(`http://${host}:${port}${path}`, limits(given), (url, asked) => fetchUrl(url, asked, network()));
  };
  const lead = (from: string, to: string): void => {
    LEADS[from] = to.replace('PORT', String(port));
  };

  it('are followed five times', async () => {
    for (let i = 1; i <= 6; i++) lead(`/${i}`, `/${i - 1}`);
    expect(await get('/5')).toEqual(FILE);
    expect((await failure(get('/6'))).message).toMatch(/\/6 redirects more than 5 times: check the address$/);
    expect(requests.length).toBe(6);
    lead('/round', '/round');
    expect((await failure(get('/round'))).message).toMatch(/redirects more than 5 times/);
  });

  it.each([
    'http://lan.test:PORT/there',
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0.0.0.0:PORT/there',
    'http://167772161/',
    'http://0xa.1/',
    'http://012.0.0.1/',
    'http://[::]/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[fe80::1]/',
    'http://rebound.test/',
  ])('from a public address to %s are not', async (to) => {
    lead('/in', to);
    const { code, message } = await failure(get('/in'));
    expect(code).toBe('E_NETWORK');
    expect(message).toMatch(
      /www\.test:\d+\/in redirects to .*, which lies in a private network: give that address itself, or allow it with allowPrivate/,
    );
    expect(requests.length).toBe(1);
  });

  it('into a private network are where that is allowed, or where they come from one', async () => {
    lead('/in', 'http://lan.test:PORT/there');
    expect(await get('/in', { allowPrivate: true })).toEqual(FILE);
    lead('/near', 'http://lan2.test:PORT/there');
    expect(await get('/near', {}, 'lan.test')).toEqual(FILE);
    lead('/out', 'http://www.test:PORT/in');
    expect((await failure(get('/out', {}, 'lan.test'))).message).toMatch(/www\.test:\d+\/in redirects to http:\/\/lan\.test/);
  });

  it.each(['file:///etc/passwd', 'data:,a', 'ftp://example.org/a', 'javascript:1', 'http://', '//[::'])('to %s are refused', async (to) => {
    lead('/odd', to);
    expect((await failure(get('/odd'))).message).toMatch(/\/odd redirects \(302\) to what is no http\(s\) address: check the address$/);
    expect(requests.length).toBe(1);
  });

  it('leave the login and all but the range with the first host', async () => {
    lead('/away', 'http://www2.test:PORT/there');
    lead('/stay', '/there');
    const headers = { authorization: 'Basic x', 'x-key': 'y', range: 'bytes=0-1' };
    for (const path of ['/away', '/stay']) {
      requests.length = 0;
      await (await fetchUrl(`http://www.test:${port}${path}`, { headers }, network())).arrayBuffer();
      expect(requests[1]).toBe(path === '/stay' ? 'www.test/there Basic x y bytes=0-1' : 'www2.test/there - - bytes=0-1');
    }
  });
});
