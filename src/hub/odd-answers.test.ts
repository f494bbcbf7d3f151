/** What answers is no hub, or means no good: one true sentence, at once. */
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createRaw, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import { isPrivate } from '../net/addresses-node.ts';
import type { Network } from '../net/lookup-node.ts';
import type { HubOptions, Patience } from './client-node.ts';
import { openHub } from './files-node.ts';
import { type HubFetch, type HubResponse, hubFetch } from './http-node.ts';

let servers: (Server | ReturnType<typeof createServer>)[];
let sockets: Set<Socket>;
let slept: number[];
let asked: number;
const patience: Patience = { pauses: [1, 2], sleep: async (ms) => void slept.push(ms) };

beforeEach(() => {
  servers = [];
  sockets = new Set();
  slept = [];
  asked = 0;
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

const listen = async (server: Server | ReturnType<typeof createServer>): Promise<string> => {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const answering = (answer: (response: ServerResponse) => void): Promise<string> =>
  listen(
    createServer((_, response) => {
      asked++;
      answer(response);
    }),
  );
const saying = (text: string): Promise<string> => {
  const server = createRaw((socket) => {
    asked++;
    socket.once('data', () => socket.write(text));
  });
  return listen(server);
};

const hubAt = (endpoint: string, options: Partial<HubOptions> = {}) =>
  openHub({
    repo: 'maker/model',
    revision: 'main',
    settings: { endpoint, cache: '/nonexistent', offline: false, proxy: { except: '' } },
    patience,
    ...options,
  });

const expectRefusal = async (work: Promise<unknown>, pattern: RegExp): Promise<void> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).code).toBe('E_NETWORK');
  expect((error as InputError).message).toMatch(pattern);
  expect((error as InputError).message).not.toMatch(/\n|undefined|\[object/);
};

describe('a list of files that is', () => {
  it.each<[string, string, RegExp]>([
    ['empty', '', /does not answer about maker\/model as a hub does, in JSON: check HF_ENDPOINT and HTTPS_PROXY/],
    ['a page', '<!doctype html><title>Sign in</title>', /in JSON/],
    ['cut', '{', /in JSON/],
    ['null', 'null', /does not tell the files of maker\/model: check HF_ENDPOINT, or use --from/],
    ['a list', '[]', /does not tell the files/],
    ['a text', '"siblings"', /does not tell the files/],
    ['20,000 deep', '['.repeat(20_000) + ']'.repeat(20_000), /in JSON/],
    ['of numbers', '{"siblings":[1]}', /does not tell the files/],
    ['of null', '{"siblings":[null]}', /does not tell the files/],
    ['of no commit', '{"sha":1,"siblings":[]}', /does not tell the files/],
  ])('%s', async (_, body, pattern) => {
    const host = await answering((response) => response.end(body));
    await expectRefusal(hubAt(`http://${host}`).list(''), pattern);
    expect([asked, slept]).toEqual([1, []]);
  });

  it('without end', async () => {
    const page = Buffer.alloc(2 ** 16, ' ');
    const host = await answering((response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(page)) {}
      };
      response.on('drain', more);
      more();
    });
    await expectRefusal(hubAt(`http://${host}`).list(''), /answers with more about maker\/model than any hub/);
    expect([asked, slept]).toEqual([1, []]);
  });

  it('sent a byte at a time', async () => {
    const host = await answering((response) => {
      const timer = setInterval(() => response.write(' '), 1);
      response.on('close', () => clearInterval(timer));
    });
    await expectRefusal(hubAt(`http://${host}`, { patience: { ...patience, slowest: 1 } }).list(''), /sends maker\/model too slowly/);
    expect([asked, slept]).toEqual([3, [1, 2]]);
  });
});

describe('a redirect', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    [
      'to a file',
      { location: 'file:///etc/passwd' },
      /^http:\/\/127.*a\.json redirects \(302\) to what is no http\(s\) address: check HF_ENDPOINT and/,
    ],
    ['to data', { location: 'data:text/plain,x' }, /to what is no http/],
    ['to FTP', { location: 'ftp://127.0.0.1/x' }, /to what is no http/],
    ['to what is no address', { location: 'http://[' }, /redirects \(302\) to what is no http/],
    ['to nowhere', {}, /redirects \(302\) without saying where to/],
    ['to itself', { location: '/maker/model/resolve/main/a.json' }, /\/maker\/model\/resolve\/main\/a\.json redirects more than 5 times/],
  ])('%s', async (_, headers, pattern) => {
    const host = await answering((response) => response.writeHead(302, headers).end());
    await expectRefusal(hubAt(`http://${host}`).open('a.json'), pattern);
    expect(slept).toEqual([]);
  });

  it('whose own body has no end holds nothing up', async () => {
    const host = await answering((response) => {
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
      response.writeHead(302, { location: 'file:///x' }).write(' ');
    });
    await expectRefusal(hubAt(`http://${host}`).list(''), /to what is no http/);
  });
});

describe('from the hub into a private network', () => {
  /** All names lead to this machine, which is private for those of `lan`, and for `turning.test` from the third time on. */
  const network = (): Network => {
    let host = '';
    let turns = 0;
    return {
      lookup(name, _, done) {
        host = name === 'turning.test' && turns++ > 1 ? 'lan' : name;
        done(null, [{ address: '127.0.0.1', family: 4 }]);
      },
      isPrivate: (address) => (address === '127.0.0.1' ? host.startsWith('lan') : isPrivate(address)),
    };
  };
  /** A server that is hub and storage. @param leads where a path leads; what leads nowhere is a file */
  const serving = async (leads: Record<string, string>): Promise<{ port: string; paths: string[] }> => {
    const paths: string[] = [];
    const server = createServer(({ headers, url = '' }, response) => {
      paths.push(`${headers.host?.split(':')[0]}${url}`);
      const to = leads[url];
      if (to) response.writeHead(302, { location: to.replace('PORT', port), connection: 'close' }).end();
      else response.writeHead(206, { etag: '"x"', 'content-length': '1', 'content-range': 'bytes 0-0/1', connection: 'close' }).end('x');
    });
    const port = (await listen(server)).split(':')[1];
    return { port, paths };
  };
  const FILE = '/maker/model/resolve/main/a.json';
  const at = (endpoint: string) => hubAt(endpoint, { fetch: hubFetch({ proxy: { except: '' } }, network()) });

  it.each(['http://169.254.169.254/latest', 'http://[::1]:1/', 'http://[::ffff:0:127.0.0.1]/', 'http://lan.test:PORT/x'])(
    'no redirect to %s is followed',
    async (location) => {
      const { port, paths } = await serving({ [FILE]: location });
      const pattern = /^http:\/\/hub\.test:\d+\/maker.* redirects to http:.*, which lies in a private network: check HF_ENDPOINT and HTTPS_PROXY$/;
      await expectRefusal(at(`http://hub.test:${port}`).open('a.json'), pattern);
      expect(paths).toEqual([`hub.test${FILE}`]);
      expect(slept).toEqual([]);
    },
  );

  it('storage that moves there is not followed either', async () => {
    const { port, paths } = await serving({ [FILE]: 'http://cdn.test:PORT/x' });
    const source = await at(`http://hub.test:${port}`).open('a.json');
    expect(await source!.read(0, 1)).toEqual(Uint8Array.of(120));
    const turning = await serving({ [FILE]: 'http://turning.test:PORT/x' });
    const moved = await at(`http://hub.test:${turning.port}`).open('a.json');
    expect(await moved!.read(0, 1)).toEqual(Uint8Array.of(120));
    await expectRefusal(moved!.read(0, 1), /redirects to http:\/\/turning\.test:\d+\/x, which lies in a private network/);
    expect(paths.length).toBe(4);
    expect(turning.paths.length).toBe(4);
  });

  it('a hub that lies there itself may send there', async () => {
    const { port } = await serving({ [FILE]: 'http://lan2.test:PORT/x', '/x': 'http://127.0.0.1:PORT/y' });
    const source = await at(`http://lan.test:${port}`).open('a.json');
    expect(await source!.read(0, 1)).toEqual(Uint8Array.of(120));
    expect(await source!.read(0, 1)).toEqual(Uint8Array.of(120));
  });
});

describe('a connection', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\netag: "x"\r\n';
  it.each<[string, string, RegExp]>([
    ['that is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', /^127.* does not speak HTTP as it should \(HPE_\w+\): check HF_ENDPOINT/],
    ['with a length that is none', `${HEAD}content-length: many\r\n\r\n`, /does not speak HTTP as it should/],
    ['with too many headers', `${HEAD}${'x: y\r\n'.repeat(20_000)}\r\n`, /answers with more headers than any hub/],
    ['with a size that is none', `${HEAD}\r\n`, /does not tell size and ETag of maker\/model\/a\.json/],
  ])('%s', async (_, text, pattern) => {
    const host = await saying(text);
    await expectRefusal(hubAt(`http://${host}`).open('a.json'), pattern);
    expect([asked, slept]).toEqual([1, []]);
  });

  it('without TLS where that is wanted', async () => {
    const host = await answering((response) => response.end());
    await expectRefusal(hubAt(`https://${host}`).open('a.json'), /does not speak TLS as it should \((EPROTO|ERR_SSL_\w+)\): check HF_ENDPOINT/);
    expect(slept).toEqual([]);
  });

  it.each([
    ['CERT_HAS_EXPIRED', /certificate that is not of today .*: check this machine's clock/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /certificate of another host/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /certificate that is not trusted .*NODE_EXTRA_CA_CERTS/],
    ['UND_ERR_CONNECT_TIMEOUT', /could not be reached: it does not answer/],
  ])('%s', async (code, pattern) => {
    const fetch = (): Promise<HubResponse> => Promise.reject(Object.assign(new Error('x'), { code }));
    await expectRefusal(hubAt('https://hub.example', { fetch }).open('a.json'), pattern);
    expect(slept).toEqual([]);
  });

  it('to a file of a size that no file has', async () => {
    const host = await answering((response) => response.writeHead(200, { etag: '"x"', 'content-length': '900000000000000' }).end());
    const source = await hubAt(`http://${host}`).open('a.txt');
    await expectRefusal(source!.read(0, source!.size), /a\.txt has 900000000000000 bytes by what http.* says, which is too large/);
  });
});

describe('the token', () => {
  const answer = (status: number, headers: Record<string, string>): HubResponse => ({
    status,
    headers,
    body: (async function* () {})(),
    dispose: async () => {},
  });
  /** Which of the addresses that the hub redirects to, one after the other, were sent the token. */
  const sentTo = async (...addresses: string[]): Promise<string[]> => {
    const seen: string[] = [];
    const fetch: HubFetch = async (url, { headers }) => {
      if (headers?.authorization) seen.push(url);
      const location = addresses.shift();
      return location ? answer(302, { location }) : answer(200, { etag: '"x"', 'content-length': '1' });
    };
    const settings = { endpoint: 'https://hub.example/path', token: 'hf_secret', cache: '', offline: false, proxy: { except: '' } };
    await hubAt('', { fetch, settings })
      .open('a.json')
      .catch((error: Error) => seen.push(error.message));
    return seen;
  };
  const OWN = 'https://hub.example/path/maker/model/resolve/main/a.json';

  it.each([
    'https://cdn.hub.example/x',
    'https://example/x',
    'https://hub.example:8443/x',
    'https://hub.example.evil.example/x',
    'https://hub.example@evil.example/x',
    '//evil.example/x',
  ])('does not go to %s', async (address) => {
    expect(await sentTo(address)).toEqual([OWN]);
  });

  it('goes to the endpoint, also on the way back', async () => {
    expect(await sentTo('/x')).toEqual([OWN, 'https://hub.example/x']);
    expect(await sentTo('https://evil.example/x', 'https://hub.example/y')).toEqual([OWN, 'https://hub.example/y']);
  });

  it('and what it is for do not go where TLS ends', async () => {
    expect(await sentTo('http://hub.example/x')).toEqual([
      OWN,
      expect.stringMatching(/redirects \(302\) from https to http:\/\/hub\.example\/x, where others/),
    ]);
  });
});
