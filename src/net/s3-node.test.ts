import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeS3, startS3 } from '../../test/fake-s3.ts';

const ODD = ['ä ö.png', 'a+b.png', 'a%2Fb.png', 'a?b#c&d=e.png', 'a//b.png', 'x/../y.png', "it's (1)*!~<&>.png", '\u0001.png'];

let s3: FakeS3;
/** The module as a new process has it. */
let fresh: typeof import('./s3-node.ts');
beforeAll(async () => {
  s3 = await startS3(['shelf'], 2);
});
afterAll(() => s3.close());
beforeEach(async () => {
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
  vi.resetModules();
  fresh = await import('./s3-node.ts');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('@aws-sdk/client-s3');
  s3.objects.clear();
  s3.seen.length = 0;
});

const { signal } = new AbortController();
const LIMITS = { maxBytes: 100, timeout: 5, signal };
const read = (path: string, limits = {}) => fresh.readObject(path, { ...LIMITS, ...limits });
const list = async (path: string, options = {}): Promise<string[]> => {
  const paths: string[] = [];
  for await (const one of fresh.listObjects(path, options)) paths.push(one.path);
  return paths;
};

interface Told {
  name: string;
  code: string;
  message: string;
}
const failure = (work: Promise<unknown>): Promise<Told> =>
  work.then(
    () => undefined,
    (error) => error,
  ) as never;

it('knows what is on S3 by the beginning alone', () => {
  const is = (path: string) => fresh.isS3(path);
  expect(['s3://b/k', 's3://b'].every(is)).toBe(true);
  expect(['S3://b', 's3:/b', 'a/s3://b', 'https://s3.amazonaws.com/b', './s3://b'].some(is)).toBe(false);
});

describe('an object', () => {
  it.each(ODD)('is read, looked at and listed by its key as it is: %j', async (key) => {
    s3.put(`shelf/${key}`, key, 'ours');
    const path = `s3://shelf/${key}`;
    expect(new TextDecoder().decode(await read(path))).toBe(key);
    expect(await fresh.headObject(path)).toMatchObject({ bytes: new TextEncoder().encode(key).length, mark: 'ours' });
    expect(await list('s3://shelf/')).toEqual([path]);
  });

  it('is put whole, with a mark; a new one never in the place of another', async () => {
    const path = 's3://shelf/ä.json';
    const options = { mark: 'm', type: 'application/json', isNew: true, signal };
    expect(await fresh.putObject(path, Uint8Array.of(1, 2), options)).toBe(true);
    expect(s3.objects.get('shelf/ä.json')).toMatchObject({ bytes: Buffer.from([1, 2]), mark: 'm', type: 'application/json' });
    expect(await fresh.putObject(path, Uint8Array.of(3), options)).toBe(false);
    s3.order(({ method }) => method === 'PUT', { status: 409, code: 'ConditionalRequestConflict' });
    expect(await fresh.putObject('s3://shelf/other', Uint8Array.of(3), options)).toBe(false);
    expect(s3.objects.get('shelf/ä.json')?.bytes).toHaveLength(2);
    expect(await fresh.putObject(path, Uint8Array.of(3), { ...options, isNew: false })).toBe(true);
    expect(s3.objects.get('shelf/ä.json')?.bytes).toHaveLength(1);
  });

  it('is read up to the limit of a download', async () => {
    s3.put('shelf/large', new Uint8Array(101));
    const { code, message } = await failure(read('s3://shelf/large'));
    expect(code).toBe('E_INPUT');
    expect(message).toBe('"s3://shelf/large" is larger than 100 bytes, the limit of a download: raise maxBytes (--max-bytes) to accept it');
    expect(await read('s3://shelf/large', { maxBytes: 101 })).toHaveLength(101);
    s3.order(({ method }) => method === 'GET', { stuckAfter: 1 }); // what is told to be too large is not waited for
    expect((await failure(read('s3://shelf/large'))).message).toMatch(/is larger than 100 bytes/);
  });

  it('is given up where nothing comes, and where the signal is aborted', async () => {
    s3.put('shelf/a', 'a');
    s3.order(({ method }) => method === 'GET', { isSilent: true });
    const { code, message } = await failure(read('s3://shelf/a', { timeout: 0.05 }));
    expect(code).toBe('E_NETWORK');
    expect(message).toBe('"s3://shelf/a" sent nothing for 0.05 s: try again later, or raise timeout (--timeout)');
    s3.order(({ method }) => method === 'GET', { stuckAfter: 0 });
    expect((await failure(read('s3://shelf/a', { timeout: 0.2 }))).message).toMatch(/sent nothing for 0\.2 s/);
    const amid = new AbortController();
    s3.order(({ method }) => method === 'GET', { stuckAfter: 0, first: () => setTimeout(() => amid.abort(new Error('enough')), 100) });
    await expect(read('s3://shelf/a', { timeout: 60, signal: amid.signal })).rejects.toThrow(/^enough$/);
    const stop = new AbortController();
    s3.order(() => true, { isSilent: true, first: () => stop.abort(new Error('enough')) });
    await expect(read('s3://shelf/a', { signal: stop.signal })).rejects.toThrow(/^enough$/);
    await expect(fresh.headObject('s3://shelf/a', stop.signal)).rejects.toThrow(/^enough$/);
    await expect(list('s3://shelf/', { signal: stop.signal })).rejects.toThrow(/^enough$/);
  });

  it('is not taken for another state of it, nor cut off for whole', async () => {
    s3.put('shelf/a', 'aaaa');
    const version = await fresh.existingObject('s3://shelf/a');
    expect(await fresh.readObject('s3://shelf/a', LIMITS, version)).toHaveLength(4);
    s3.order(({ method }) => method === 'GET', { cutAfter: 2 });
    expect((await failure(read('s3://shelf/a'))).message).toMatch(
      /^"s3:\/\/shelf\/a" could not be read \(aborted\): check the endpoint and the network/,
    );
    s3.put('shelf/a', 'bbbb');
    expect((await failure(fresh.readObject('s3://shelf/a', LIMITS, version))).message).toBe(
      '"s3://shelf/a" was replaced since it was looked at: run the same command again',
    );
  });
});

describe('a listing', () => {
  it('goes over all its pages, below the prefix alone, and into folders where that is asked', async () => {
    const keys = ['in/a.png', 'in/b.png', 'in/c.png', 'in/d/e.png', 'in/d/f.png', 'in/z.png'];
    for (const key of [...keys, 'in/d/', 'inner.png', 'other/a.png']) s3.put(`shelf/${key}`, '');
    expect(await list('s3://shelf/in/')).toEqual(keys.map((key) => `s3://shelf/${key}`));
    expect(s3.seen).toHaveLength(4);
    expect(await list('s3://shelf/in/', { recursive: false })).toEqual(['a', 'b', 'c', 'z'].map((name) => `s3://shelf/in/${name}.png`));
    expect(await list('s3://shelf/none/')).toEqual([]);
  });

  it.each(['ä ö/', 'a+b&c/', "x='1'?#%41/", '<&>"/'])('has a prefix as it is: %j', async (prefix) => {
    for (const name of ['1.png', '2.png', '3.png']) s3.put(`shelf/${prefix}${name}`, '');
    expect(await list(`s3://shelf/${prefix}`)).toEqual(['1', '2', '3'].map((name) => `s3://shelf/${prefix}${name}.png`));
  });
});

describe('what fails is told in a sentence', () => {
  const put = (path: string) => fresh.putObject(path, Uint8Array.of(1), { mark: 'm', type: 'image/png', isNew: true, signal });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'no such key',
      () => fresh.existingObject('s3://shelf/none'),
      '"s3://shelf/none" does not exist: check bucket and key; all below a prefix is s3://bucket/prefix/',
    ],
    [
      'no such bucket',
      () => fresh.existingObject('s3://none/a'),
      '"s3://none/a" is in a bucket that does not exist: check its name, and the endpoint',
    ],
    ['no such bucket to list', () => list('s3://none/'), '"s3://none/" is in a bucket that does not exist: check its name, and the endpoint'],
    ['no such bucket to write to', () => put('s3://none/a'), '"s3://none/a" is in a bucket that does not exist: check its name, and the endpoint'],
    [
      'no such bucket, asked before',
      () => fresh.checkBucket('s3://none/a', 'written'),
      '"s3://none/a" is in a bucket that does not exist: check its name, and the endpoint',
    ],
  ])('%s', async (_, work, sentence) => expect(await failure(work())).toMatchObject({ name: 'InputError', code: 'E_NETWORK', message: sentence }));

  it.each<[number, string, RegExp]>([
    [403, 'AccessDenied', /may not be written with these credentials: check them and what they permit$/],
    [400, 'ExpiredToken', /asked for with credentials that have expired: renew them$/],
    [301, 'PermanentRedirect', /is in a bucket of another region: set AWS_REGION to that$/],
    [501, 'NotImplemented', /could not be written: the server does not support what it was asked$/],
    [503, 'SlowDown', /asked for too much at once: try again later, or with fewer --jobs$/],
    [400, 'Odd', /"s3:\/\/shelf\/a" could not be written \(No\.\): check the endpoint and the network, or try again$/],
  ])('%i %s', async (status, code, pattern) => {
    s3.order(({ method }) => method === 'PUT', { status, code });
    expect((await failure(put('s3://shelf/a'))).message).toMatch(pattern);
  });

  it.each([
    [403, /may not be read with these credentials/],
    [301, /another region/],
    [503, /too much at once/],
  ])('%i, of an answer without words', async (status, pattern) => {
    s3.order(() => true, { status });
    expect((await failure(fresh.headObject('s3://shelf/a'))).message).toMatch(pattern);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['credentials', { AWS_ACCESS_KEY_ID: '' }, /^"s3:\/\/shelf\/a" wants credentials, and there are none: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and/],
    ['credentials that count', { AWS_ACCESS_KEY_ID: 'other' }, /may not be read with these credentials/],
    ['a region', { AWS_REGION: '' }, /wants a region, and there is none: set AWS_REGION, us-east-1 for most servers of your own$/],
    ['a server', { AWS_ENDPOINT_URL_S3: 'http://localhost:1' }, /could not be read \(.*ECONNREFUSED.*\): check the endpoint and the network/],
    ['an endpoint', { AWS_ENDPOINT_URL_S3: 'nonsense' }, /could not be read \(Invalid URL\): check the endpoint/],
  ])('without %s', async (_, env, pattern) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value === '' ? undefined : value);
    expect((await failure(read('s3://shelf/a'))).message).toMatch(pattern);
  });

  it('without the SDK', async () => {
    vi.doMock('@aws-sdk/client-s3', () => {
      throw new Error('Cannot find package');
    });
    const { code, message } = await failure(read('s3://shelf/a'));
    expect([code, message]).toEqual(['E_INPUT', 'What begins with s3:// is read and written by the AWS SDK: npm install @aws-sdk/client-s3']);
  });

  it.each(['s3://', 's3:///a'])('%s', async (path) => {
    const { code, message } = await failure(read(path));
    expect([code, message]).toEqual([
      'E_OPTION',
      `Expected s3://bucket/key or s3://bucket/prefix/ for the object but received "${path}" of type string`,
    ]);
  });
});
