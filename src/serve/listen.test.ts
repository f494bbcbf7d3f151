/** The socket of the studio: requests as they come over a line, whatever wrote them. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type ClientRequest, createServer, type RequestOptions, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makePage } from '../../test/studio-page.ts';
import { type Encoder, MODELS } from '../toolkit.ts';
import type { Watch } from '../types.ts';
import { type Listening, listen } from './listen-node.ts';
import { CSP } from './policy.ts';

const { folder, page, remove } = makePage();
const large = join(folder, 'large.png');
const LARGE = 5_000_000;

/** What is done with a picture; each test says. */
let encode: (watch?: Watch) => Promise<void> = async () => {};
const encoder: Encoder = {
  name: 'embedded',
  row: MODELS[0],
  device: 'cpu',
  inputSize: () => [64, 64],
  async encode({ data }, watch) {
    await encode(watch);
    return { data: new Float32Array(data), width: 1, height: 1, channels: data.length };
  },
  dispose: vi.fn(async () => {}),
};

const report = vi.fn();
const config = { folder: page, inputs: [{ path: large, bytes: LARGE }], open: async () => encoder, report };
let server: Listening;
let token = '';
beforeAll(async () => {
  writeFileSync(large, new Uint8Array(LARGE).fill(7));
  server = await listen(config, 0);
  token = new URL(server.url).pathname.split('/')[1];
});
afterAll(async () => {
  await server.close();
  remove();
});

/** A request of the page, its path as it stands. */
const asking = (path: string, { headers, ...options }: RequestOptions = {}): ClientRequest => {
  const own = { 'sec-fetch-site': 'same-origin', ...headers };
  return request({ host: '127.0.0.1', port: server.port, path, headers: own, agent: false, ...options });
};

const answer = async (asked: ClientRequest, body?: Uint8Array): Promise<{ status?: number; text: string; policy: unknown }> => {
  asked.end(body);
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode, text, policy: response.headers['content-security-policy'] };
};

/** Letters as they stand on the line. @returns all that comes back until the line is cut */
const raw = async (...lines: string[]): Promise<string> => {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let text = '';
  for await (const piece of socket) text += piece;
  return text;
};

const post = (pixels: number, options: RequestOptions = {}): ClientRequest =>
  asking(`/${token}/api/features?encoder=embedded&size=64&width=${pixels}&height=1`, { method: 'POST', ...options });

describe('the line', () => {
  it('gives the page and a picture whole', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/${token}/`);
    expect(await answer(asking(`/${token}/`))).toMatchObject({ status: 200, text: expect.stringMatching(/^<!doctype html>/), policy: CSP });
    expect((await answer(asking(`/${token}/api/inputs/0`))).text).toBe('\x07'.repeat(LARGE));
  });

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/./../secret.txt',
    '/assets/../../secret.txt',
    '/..\\secret.txt',
    '/%00',
    '/%ff',
  ])('leads nowhere else: %s', async (path) => {
    const { status, text } = await answer(asking(`/${token}${path}`));
    expect([400, 404]).toContain(status);
    expect(text).not.toContain('secret');
  });

  it('has every answer carry the policy, those before any page among them', async () => {
    for (const path of ['/', '/\\', `/${token}/nothing`]) expect((await answer(asking(path))).policy, path).toBe(CSP);
  });

  it('answers to its own name alone', async () => {
    const host = `127.0.0.1:${server.port}`;
    const first = `GET /${token}/ HTTP/1.1`;
    const end = 'Connection: close';
    expect(await raw(first, `Host: ${host}`, end)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw(first, 'Host: evil.example', end)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw(first, `Host: ${host}`, 'Host: evil.example', end)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(await raw(`GET http://evil.example/${token}/ HTTP/1.1`, `Host: ${host}`, end)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw(first, end)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(`GET /${token}/ HTTP/1.0`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(first, `Host: ${host}`, 'Origin: http://evil.example', `Origin: http://${host}`, end)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw('\x16\x03\x01')).toMatch(/^(HTTP\/1\.1 400 |$)/);
  });

  it.skipIf(process.platform !== 'linux')('is at one address alone', async () => {
    await expect(once(connect(server.port, '127.0.0.2'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a body', () => {
  it('makes features', async () => {
    expect((await answer(post(2), new Uint8Array(6))).status).toBe(200);
  });

  it('that is announced too large is not waited for', async () => {
    const asked = post(2, { headers: { 'content-length': 1e9 } });
    asked.on('error', () => {});
    asked.write(new Uint8Array(10));
    const [response] = await once(asked, 'response');
    expect(response.statusCode).toBe(413);
    asked.destroy();
  });

  it('that has no end is read no further', async () => {
    const asked = post(2, { headers: { 'transfer-encoding': 'chunked' } });
    asked.on('error', () => {});
    for (let i = 0; i < 100; i++) asked.write(new Uint8Array(65_536));
    const [response] = await once(asked, 'response');
    expect(response.statusCode).toBe(413);
    asked.destroy();
  });

  it('that lies about its length holds up nobody', async () => {
    const hasty = await listen({ ...config, patience: 20 }, 0);
    const { pathname } = new URL(hasty.url);
    const path = `${pathname}api/features?encoder=embedded&size=64&width=100&height=1`;
    const short = asking(path, { method: 'POST', port: hasty.port, headers: { 'content-length': 300 } }).on('error', () => {});
    short.write(new Uint8Array(10));
    const [response] = await once(short, 'response');
    expect(response.statusCode).toBe(408);
    await hasty.close();
    const long = await raw(
      `POST /${token}/api/features?encoder=embedded&size=64&width=1&height=1 HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      `Origin: http://127.0.0.1:${server.port}`,
      'Content-Length: 3\r\n',
      'abcdefgh',
    );
    expect(long).toMatch(/^HTTP\/1\.1 (200 [\s\S]*HTTP\/1\.1 )?400 /); // what is too much is no request
    expect((await answer(post(1), new Uint8Array(3))).status).toBe(200);
  });
});

it('stops the work of who goes away, whether it computes, waits or sends', async () => {
  const ends: Promise<unknown>[] = [];
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  encode = (watch) =>
    new Promise((_, reject) => {
      ends.push(new Promise((resolve) => watch?.signal?.addEventListener('abort', resolve)));
      watch?.signal?.addEventListener('abort', () => reject(watch.signal?.reason));
      begin();
    });
  const [computing, waiting, sending] = [post(2), post(2), post(100_000, { headers: { 'content-length': 300_000 } })];
  for (const asked of [computing, waiting, sending]) asked.on('error', () => {});
  computing.end(new Uint8Array(6));
  await begun;
  waiting.end(new Uint8Array(6));
  sending.write(new Uint8Array(100_000));
  waiting.destroy();
  sending.destroy();
  computing.destroy();
  await ends[0];
  encode = async () => {};
  expect((await answer(post(1), new Uint8Array(3))).status).toBe(200);
  expect(ends).toHaveLength(1);
  expect(report).not.toHaveBeenCalled();
});

it('takes another port where that is taken', async () => {
  const other = await listen(config, server.port);
  expect(other.port).not.toBe(server.port);
  expect(new URL(other.url).pathname).not.toBe(new URL(server.url).pathname);
  await other.close();
  const foreign = createServer().listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  const { port } = foreign.address() as AddressInfo;
  const beside = await listen(config, port);
  expect(beside.port).not.toBe(port);
  await beside.close();
  foreign.close();
});

it('ends at once, whatever is under way, and gives its port back', async () => {
  const own = await listen(config, 0);
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => (begin = resolve));
  let stopped = false;
  encode = (watch) =>
    new Promise((_, reject) => {
      watch?.signal?.addEventListener('abort', () => {
        stopped = true;
        reject(watch.signal?.reason);
      });
      begin();
    });
  const { pathname } = new URL(own.url);
  const asked = asking(`${pathname}api/features?encoder=embedded&size=64&width=1&height=1`, { method: 'POST', port: own.port });
  const broken = once(asked, 'error');
  asked.end(new Uint8Array(3));
  await begun;
  vi.mocked(encoder.dispose).mockClear();
  await own.close();
  await broken;
  expect(stopped).toBe(true);
  expect(encoder.dispose).toHaveBeenCalledTimes(1);
  const again = await listen(config, own.port);
  expect(again.port).toBe(own.port);
  await again.close();
});
