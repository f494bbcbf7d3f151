import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeHub, FIRST_COMMIT, type Misdeed, noise, type Seen, startHub } from '../../test/fake-hub.ts';
import { InputError } from '../errors.ts';
import { sourceCases } from '../files/source.cases.ts';
import { urlFiles } from '../files/url.ts';
import type { HubFailure } from './answers-node.ts';
import type { HubOptions, Patience } from './client-node.ts';
import { openHub } from './files-node.ts';

const REPO = 'maker/model';
const WEIGHTS = 'unet/weights.safetensors';
const BYTES = noise(300_000);

let hub: FakeHub;
let slept: number[];
const patience: Patience = { pauses: [1, 2, 3], sleep: async (ms) => void slept.push(ms) };

beforeEach(async () => {
  hub = await startHub();
  slept = [];
  hub.put(REPO, 'unet/config.json', '{"a":1}');
  hub.put(REPO, WEIGHTS, BYTES);
  return () => hub.close();
});

const files = (options: Partial<HubOptions> = {}) => openHub({ repo: REPO, revision: 'main', settings: hub.settings, patience, ...options });
const weights = async (options: Partial<HubOptions> = {}) => (await files(options).open(WEIGHTS))!;

const ofStorage = ({ at }: Seen): boolean => at === 'storage';
const ofHub = ({ at }: Seen): boolean => at === 'hub';
const getsOfHub = ({ at, method }: Seen): boolean => at === 'hub' && method === 'GET';

/** As toEqual, whose care for each element takes seconds. */
const expectBytes = (got: Uint8Array, wanted: Uint8Array): void => expect(Buffer.compare(got, wanted)).toBe(0);

/** One sentence, which matches. */
const expectRefusal = async (work: Promise<unknown>, pattern: RegExp): Promise<HubFailure> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(pattern);
  expect((error as Error).message).not.toMatch(/\n|undefined|secret/);
  return error as HubFailure;
};

describe.each(['vae/weights.safetensors', 'vae/merges.txt'])('%s of the hub', (path) => {
  sourceCases(async (bytes) => {
    hub.put(REPO, path, bytes);
    return { source: (await files().open(path))!, replace: (others) => hub.put(REPO, path, others) };
  });
});

describe('the same file by its URL', () => {
  sourceCases(async (bytes) => {
    hub.put(REPO, WEIGHTS, bytes);
    const source = (await urlFiles(`${hub.settings.endpoint}/${REPO}/resolve/main`).open(WEIGHTS))!;
    return { source, replace: (others) => hub.put(REPO, WEIGHTS, others) };
  });
});

describe('a file of the hub', () => {
  it('has size, ETag, SHA-256 and commit, without a byte of it being fetched', async () => {
    const { size, remote } = await weights();
    expect(size).toBe(300_000);
    expect(remote).toMatchObject({ path: WEIGHTS, etag: remote.sha256, commit: FIRST_COMMIT, url: expect.stringContaining(FIRST_COMMIT) });
    expect(remote.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(hub.sent()).toBe(0);
  });

  it('small ones have no SHA-256', async () => {
    const config = (await files().open('unet/config.json'))!;
    expect(config.remote.sha256).toBeUndefined();
    expect(config.remote.etag).toMatch(/^[0-9a-f]{40}$/);
    expect(Buffer.from(await config.read(0, config.size)).toString()).toBe('{"a":1}');
  });

  it('is read by range, and asked for once where nothing breaks', async () => {
    const source = await weights();
    expect(await source.read(1000, 1100)).toEqual(BYTES.subarray(1000, 1100));
    expect(await source.read(5, 5)).toEqual(new Uint8Array());
    expect(await source.read(299_999, 300_000)).toEqual(BYTES.subarray(299_999));
    expect(hub.seen.filter(ofStorage).map(({ range }) => range)).toEqual(['bytes=1000-1099', 'bytes=299999-299999']);
    expect(hub.seen.filter(getsOfHub)).toHaveLength(1); // the address of the storage is kept
    await expectRefusal(source.read(0, 300_001), /no range/);
  });

  it('is undefined where there is none, and lists say so too', async () => {
    const repository = files();
    expect(await repository.open('unet/other.json')).toBeUndefined();
    expect(await repository.list('unet')).toEqual(['config.json', 'weights.safetensors']);
    expect(await repository.list('')).toEqual([]);
  });

  it('stays of the commit that the first request found', async () => {
    const repository = files();
    await repository.open('absent.json');
    hub.commit(REPO, 'b'.repeat(40));
    await expectRefusal(repository.open(WEIGHTS), /no revision "main"/); // this hub has only its newest commit
    expect(hub.seen.map(({ revision }) => revision)).toEqual(['main', FIRST_COMMIT]);
  });

  it('gives names and revisions as they are to be written in a URL', async () => {
    hub.put(REPO, 'a folder/ü#?.json', '{}');
    expect((await files().open('a folder/ü#?.json'))?.size).toBe(2);
    await expectRefusal(files({ revision: 'refs/pr/1' }).open(WEIGHTS), /no revision "refs\/pr\/1"/);
    await expectRefusal(files().open('../other'), /not a path inside/);
    expect(() => files({ repo: '../x' })).toThrow(/Expected a repository/);
  });

  it('keeps the token from the storage', async () => {
    const source = await weights({ settings: { ...hub.settings, token: 'hf_secret' } });
    await source.read(0, 10);
    expect(hub.seen.filter(ofHub).every(({ token }) => token === 'Bearer hf_secret')).toBe(true);
    expect(hub.seen.filter(ofStorage)).toMatchObject([{ range: 'bytes=0-9' }]);
    expect(hub.seen.filter(ofStorage)[0].token).toBeUndefined();
  });

  it('may have another ETag in each answer of the storage, where the hub gave the SHA-256', async () => {
    const source = await weights();
    for (const etag of ['"a"', '"b"', 'W/"c"']) hub.order(ofStorage, { headers: { etag } });
    for (const at of [0, 10, 20]) expect(await source.read(at, at + 10)).toEqual(BYTES.subarray(at, at + 10));
  });

  it('gets a new address where the one of the storage has expired', async () => {
    const source = await weights();
    await source.read(0, 10);
    hub.order(ofStorage, { status: 403 });
    expect(await source.read(10, 20)).toEqual(BYTES.subarray(10, 20));
    expect(hub.seen.filter(getsOfHub)).toHaveLength(2);
    expect(slept).toEqual([]);
  });
});

describe('what breaks and mends', () => {
  it('a cut connection goes on at the byte reached', async () => {
    const source = await weights();
    hub.order(ofStorage, { cutAfter: 100_000 });
    hub.order(ofStorage, { cutAfter: 50_000 });
    expectBytes(await source.read(0, 300_000), BYTES);
    const starts = hub.seen.filter(ofStorage).map(({ range }) => Number(/=(\d+)-/.exec(range ?? '')?.[1]));
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1]);
    expect(hub.sent()).toBeLessThanOrEqual(450_000);
    expect(slept).toEqual([1, 2]);
  });

  it('a mebibyte makes up for the tries before it, a byte does not', async () => {
    const large = noise(2 ** 20 + 1000, 2);
    hub.put(REPO, WEIGHTS, large);
    const source = await weights();
    hub.order(ofStorage, { cutAfter: 0 }, 3);
    hub.order(ofStorage, { endAfter: 2 ** 20 + 10 });
    hub.order(ofStorage, { endAfter: 1 }, 2);
    expectBytes(await source.read(0, large.length), large);
    expect(slept).toEqual([1, 2, 3, 1, 2, 3]);
    hub.order(ofStorage, { endAfter: 1 }, 99);
    await expectRefusal(source.read(0, 1000), /broke off while it sent/);
    expect(slept.slice(-3)).toEqual([1, 2, 3]);
  });

  it('a body that ends too early is a cut', async () => {
    const source = await weights();
    hub.order(ofStorage, { endAfter: 7 });
    expect(await source.read(0, 1000)).toEqual(BYTES.subarray(0, 1000));
  });

  it.each<[string, (seen: Seen) => boolean, Misdeed, number[]]>([
    ['500', ofStorage, { status: 500 }, [1]],
    ['503 with a pause', ofStorage, { status: 503, headers: { 'retry-after': '4' } }, [4000]],
    ['429 of the storage', ofStorage, { status: 429, headers: { 'retry-after': '7' } }, [7000]],
    ['429 with a limit', getsOfHub, { status: 429, headers: { ratelimit: '"resolvers";r=0;t=240', 'retry-after': '7' } }, [241_000]],
    ['429 with limits', getsOfHub, { status: 429, headers: { ratelimit: '"api"; r=5; t=290, "pages"; t=30; r=0;pk=:AA==:' } }, [31_000]],
    ['429 with a limit that is not reached', getsOfHub, { status: 429, headers: { ratelimit: '"api";r=1;t=240' } }, [1]],
    ['429 with a limit that is none', getsOfHub, { status: 429, headers: { ratelimit: 'soon', 'retry-after': 'later' } }, [1]],
    ['429 without a pause', getsOfHub, { status: 429 }, [1]],
  ])('%s is tried again', async (_, matches, misdeed, pauses) => {
    const source = await weights();
    hub.order(matches, misdeed);
    expect(await source.read(0, 10)).toEqual(BYTES.subarray(0, 10));
    expect(slept).toEqual(pauses);
  });

  it('a pause that the hub asks for is told', async () => {
    const said: string[] = [];
    hub.order(ofHub, { status: 429, headers: { ratelimit: '"resolvers";r=0;t=240' } });
    hub.order(ofHub, { status: 500 });
    await weights({ say: (line) => said.push(line) });
    expect(said).toEqual([expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+ asks for a pause of 241 s \(429\), after which this goes on$/)]);
  });

  it('and so is a question', async () => {
    hub.order(ofHub, { status: 502 }, 2);
    expect((await weights()).size).toBe(300_000);
    expect(slept).toEqual([1, 2]);
  });

  it('reads a pause that is given as a date', async () => {
    hub.order(ofHub, { status: 429, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } });
    await weights();
    expect(slept[0]).toBeGreaterThan(30_000);
    expect(slept[0]).toBeLessThanOrEqual(60_000);
  });
});

describe('what does not mend, one sentence each', () => {
  it('a server that goes on failing', async () => {
    hub.order(ofHub, { status: 500 }, 99);
    await expectRefusal(weights(), /failed to serve maker\/model\/unet\/weights.safetensors \(500\): try again later/);
    expect(slept).toEqual([1, 2, 3]);
  });

  it('a connection that is cut before each first byte', async () => {
    const source = await weights();
    hub.order(ofStorage, { cutAfter: 0 }, 99);
    await expectRefusal(source.read(0, 10), /127\.0\.0\.1:\d+ broke off.*the same command goes on/);
    expect(slept).toEqual([1, 2, 3]);
  });

  it('a pause that is too long', async () => {
    hub.order(ofHub, { status: 429, headers: { 'retry-after': '3600' } });
    await expectRefusal(weights(), /asks for a pause of 3600 s \(429\): try again later, or set HF_TOKEN/);
    expect(slept).toEqual([]);
  });

  it.each<[string, Misdeed, RegExp]>([
    [
      'gated',
      { status: 401, headers: { 'x-error-code': 'GatedRepo' } },
      /gated \(401\): accept its licence on http.*\/maker\/model and set HF_TOKEN/,
    ],
    ['403', { status: 403, headers: { 'x-error-code': 'GatedRepo' } }, /gated \(403\).*\/maker\/model.*HF_TOKEN/],
    [
      '403 for another reason',
      { status: 403, headers: { 'x-error-message': 'Storage of this account is full' } },
      /does not give .* \(403: Storage of this account is full\): check/,
    ],
    ['401 of no hub', { status: 401 }, /wants a login for maker\/model \(401\): set HF_TOKEN/],
    ['a proxy in between', { status: 407 }, /A proxy wants a login for .* \(407\): set HTTPS_PROXY/],
    ['a teapot', { status: 418 }, /refused .* \(418\)$/],
    ['a reason without end', { status: 451, headers: { 'x-error-message': 'x'.repeat(5000) } }, /^.{100,250}$/],
    ['no revision', { status: 404, headers: { 'x-error-code': 'RevisionNotFound' } }, /maker\/model has no revision "main": check --revision/],
    ['no repository', { status: 401, headers: { 'x-error-code': 'RepoNotFound' } }, /no repository maker\/model: check the name, or set HF_TOKEN/],
    ['any other', { status: 451, headers: { 'x-error-message': 'not here' } }, /refused .* \(451: not here\)/],
  ])('%s', async (_, misdeed, pattern) => {
    hub.order(ofHub, misdeed);
    await expectRefusal(weights(), pattern);
    expect(slept).toEqual([]);
  });

  it('a token that is kept back, with how to send it', async () => {
    hub.order(ofHub, { status: 401, headers: { 'x-error-code': 'GatedRepo' } });
    await expectRefusal(
      weights({ settings: { ...hub.settings, isTokenWithheld: true } }),
      /and unset HF_HUB_DISABLE_IMPLICIT_TOKEN and set HF_TOKEN to/,
    );
  });

  it('a token that is refused, and a repository that even it does not show', async () => {
    const settings = { ...hub.settings, token: 'hf_x' };
    hub.order(ofHub, { status: 401 });
    await expectRefusal(weights({ settings }), /refuses the token \(401\): set HF_TOKEN/);
    await expectRefusal(files({ repo: 'maker/absent', settings }).open(WEIGHTS), /no repository maker\/absent: check the name$/);
  });

  it('a server that ignores ranges', async () => {
    const source = await weights();
    hub.order(ofStorage, { ignoreRange: true }, 9);
    await expectRefusal(source.read(10, 20), /ignores the byte range.*--from/);
    expectBytes(await source.read(0, 300_000), BYTES); // the whole is the range
  });

  it('another range, a compressed one, or more bytes than were asked for', async () => {
    const source = await weights();
    hub.order(ofStorage, { headers: { 'content-range': 'bytes 11-20/300000' } });
    await expectRefusal(source.read(10, 20), /another range/);
    hub.order(ofStorage, { headers: { 'content-encoding': 'gzip' } });
    await expectRefusal(source.read(10, 20), /another range/);
    hub.order(ofStorage, { surplus: 3 });
    await expectRefusal(source.read(10, 20), /sent more of/);
  });

  it('an address of the storage that is refused however new it is', async () => {
    const source = await weights();
    hub.order(ofStorage, { status: 403 }, 99);
    await expectRefusal(source.read(0, 10), /^127.*, where http.* sends to for maker\/model\/unet.*, refuses it \(403\): try again later/);
    expect(hub.seen.filter(getsOfHub)).toHaveLength(3);
    expect(slept).toEqual([]);
  });

  it('another ETag of the storage, where the hub gave no SHA-256', async () => {
    hub.order(ofHub, { headers: { 'x-linked-etag': '"of-the-hub"' } }, 99);
    const source = await weights();
    await source.read(0, 10);
    hub.order(ofStorage, { headers: { etag: '"other"' } });
    expect((await expectRefusal(source.read(10, 20), /changed on the hub/)).kind).toBe('changed');
  });

  it.each<[string, (seen: Seen) => boolean, Misdeed]>([
    ['size', ofStorage, { headers: { 'content-range': 'bytes 10-19/300001' } }],
    ['end', ofStorage, { status: 416 }],
  ])('a file with another %s than before', async (_, matches, misdeed) => {
    const source = await weights();
    await source.read(0, 10);
    hub.order(matches, misdeed);
    if (misdeed.status) hub.order(matches, misdeed, 2); // asked for a new address first
    expect((await expectRefusal(source.read(10, 20), /changed on the hub.*starts it over/)).kind).toBe('changed');
  });

  it('a file with another ETag on the hub than before', async () => {
    const source = await weights();
    hub.order(getsOfHub, { headers: { 'x-linked-etag': '"other"' } });
    expect((await expectRefusal(source.read(10, 20), /changed on the hub/)).kind).toBe('changed');
  });

  it('a small file with another ETag than before', async () => {
    const config = (await files().open('unet/config.json'))!;
    hub.put(REPO, 'unet/config.json', '{"a":2}');
    await expectRefusal(config.read(0, config.size), /changed on the hub/);
  });

  it('no ETag, no end of redirects', async () => {
    hub.order(ofHub, { headers: { 'x-linked-etag': '' } });
    hub.order(ofStorage, { headers: { etag: '' } });
    await expectRefusal(weights(), /does not tell size and ETag/);
    hub.order(ofHub, { headers: { location: `${hub.settings.endpoint}/${REPO}/resolve/main/${WEIGHTS}` } }, 99);
    await expectRefusal(weights(), /redirects more than 5 times/);
  });

  it('nothing there, no such host', async () => {
    const nobody = await startHub();
    await nobody.close();
    const failure = await expectRefusal(
      weights({ settings: nobody.settings }),
      /could not be reached: nothing answers there; check the network, HF_ENDPOINT/,
    );
    expect(failure.kind).toBe('unreachable');
    const broken = (code: string) => weights({ fetch: () => Promise.reject(Object.assign(new Error('x'), { code })) });
    await expectRefusal(broken('ENOTFOUND'), /there is no such host/);
    await expectRefusal(broken('SELF_SIGNED_CERT_IN_CHAIN'), /127.* has a certificate that is not trusted .*NODE_EXTRA_CA_CERTS/);
    expect(slept).toEqual([]);
  });
});

describe('stopping', () => {
  it('throws the reason, in a request, in a pause and before one', async () => {
    const stop = new AbortController();
    const source = await weights({ signal: stop.signal });
    const got: number[] = [];
    const reading = (async () => {
      for await (const chunk of source.stream(0, 300_000)) {
        got.push(chunk.length);
        stop.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(got).toHaveLength(1);
    await expect(source.read(0, 1)).rejects.toThrow('enough');
    const other = new AbortController();
    const sleep = async (): Promise<void> => other.abort(new Error('tired'));
    hub.order(ofHub, { status: 500 });
    await expect(weights({ signal: other.signal, patience: { pauses: [1], sleep } })).rejects.toThrow('tired');
  });
});

afterEach(() => expect(hub.seen.filter(ofStorage).every(({ token }) => token === undefined)).toBe(true));
