/** Who is answered: the page of this run alone. */
import { afterAll, describe, expect, it } from 'vitest';
import { ask, HOST, makePage, PORT, startStudio, TOKEN } from '../../test/studio-page.ts';
import { newToken } from './guard-node.ts';
import { CSP, HEADERS, META_CSP } from './policy.ts';

const { page, remove } = makePage();
afterAll(remove);
const studio = startStudio({ folder: page });

const POST = `/${TOKEN}/api/features?encoder=embedded&width=1&height=1`;

const expectHeaders = (response: Response): void => {
  for (const [name, value] of Object.entries(HEADERS)) expect(response.headers.get(name), name).toBe(value);
};

describe('a request', () => {
  it.each<[string, string, number, RegExp]>([
    ['without the token', '/', 404, /^This address is of another run: start diffcut studio again\n$/],
    ['without the token, of the API', '/api/about', 404, /of another run/],
    ['with another token', `/${newToken()}/`, 404, /of another run/],
    ['with a token that is cut short', `/${TOKEN.slice(0, -1)}/`, 404, /of another run/],
    ['with a longer token', `/${TOKEN}x/api/about`, 404, /of another run/],
    ['with a token of as many letters that are no ASCII', `/${TOKEN.slice(0, -1)}ä/`, 404, /of another run/],
    ['with the token at another place', `/x/${TOKEN}/`, 404, /of another run/],
    ['with the token', `/${TOKEN}/`, 200, /^<!doctype html>/],
  ])('%s', async (_, path, status, text) => {
    const response = await ask(studio, path);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(text);
    expectHeaders(response);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  const evil = 'http://evil.example';
  it.each<[string, Record<string, string>, number]>([
    ['to a name that was pointed here', { host: `evil.example:${PORT}` }, 403],
    ['to a name that begins like ours', { host: `127.0.0.1.evil.example:${PORT}` }, 403],
    ['to another port', { host: '127.0.0.1:80' }, 403],
    ['to no port', { host: '127.0.0.1' }, 403],
    ['to no name', { host: '' }, 403],
    ['to all addresses', { host: `0.0.0.0:${PORT}` }, 403],
    ['of another origin', { origin: evil }, 403],
    ['of an origin that is hidden', { origin: 'null' }, 403],
    ['of another port of this machine', { origin: 'http://127.0.0.1:3000' }, 403],
    ['of our other name', { origin: `http://localhost:${PORT}` }, 403],
    ['of another scheme', { origin: `https://${HOST}` }, 403],
    ['across sites', { 'sec-fetch-site': 'cross-site' }, 403],
    ['across ports', { 'sec-fetch-site': 'same-site' }, 403],
    ['that says something odd', { 'sec-fetch-site': 'same-origin, cross-site' }, 403],
    ['typed by the user', { 'sec-fetch-site': 'none' }, 200],
    ['of the page itself', { origin: `http://${HOST}` }, 200],
  ])('%s', async (_, headers, status) => {
    const response = await ask(studio, 'api/about', { headers });
    expect(response.status).toBe(status);
    expectHeaders(response);
    if (status === 403) expect(await response.json()).toEqual({ error: expect.stringMatching(/answers its own page alone/), code: 'E_INPUT' });
  });

  it('to localhost is one of ours', async () => {
    const headers = { host: `localhost:${PORT}`, origin: `http://localhost:${PORT}` };
    const local = (url: string): Promise<Response> => Promise.resolve(studio.fetch(new Request(url, { headers })));
    expect((await local(`http://localhost:${PORT}/${TOKEN}/`)).status).toBe(200);
    expect((await local(`http://evil.example/${TOKEN}/`)).status).toBe(403); // a request line with an address of its own
  });

  it('may leave out the port that is the usual one', async () => {
    const usual = startStudio({ folder: page, port: 80 });
    expect((await usual.fetch(new Request(`http://127.0.0.1/${TOKEN}/`, { headers: { host: '127.0.0.1' } }))).status).toBe(200);
  });

  it('that posts says who it is', async () => {
    const posted = async (headers: Record<string, string>): Promise<number> => {
      const request = new Request(`http://${HOST}${POST}`, { method: 'POST', body: 'ab', headers: { host: HOST, ...headers } });
      return (await studio.fetch(request)).status;
    };
    expect(await posted({})).toBe(403);
    expect(await posted({ 'sec-fetch-site': 'none' })).toBe(403);
    expect(await posted({ origin: evil, 'sec-fetch-site': 'same-origin' })).toBe(403);
    expect(await posted({ 'sec-fetch-site': 'same-origin' })).toBe(400); // a byte too few
    expect(await posted({ origin: `http://${HOST}` })).toBe(400);
  });

  it.each([
    ['POST', 'api/about', 'GET'],
    ['PUT', 'api/inputs/0', 'GET'],
    ['DELETE', 'index.html', 'GET'],
    ['HEAD', '', 'GET'],
    ['OPTIONS', 'api/features', 'POST'],
    ['GET', 'api/features', 'POST'],
    ['PROPFIND', 'files/efficientnet-lite.onnx', 'GET'],
  ])('by %s of %s is answered with 405', async (method, path, allowed) => {
    const response = await ask(studio, path, { method, headers: { origin: `http://${HOST}` } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allowed]);
    expectHeaders(response);
  });
});

it('tells no other page anything', async () => {
  for (const path of ['', 'api/about', '/'])
    expect([...(await ask(studio, path)).headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

it('makes tokens of 128 bits that are a part of a path', () => {
  const tokens = Array.from({ length: 50 }, newToken);
  expect(new Set(tokens).size).toBe(50);
  for (const token of tokens) expect([token, Buffer.from(token, 'base64url').length]).toEqual([expect.stringMatching(/^[\w-]{22}$/), 16]);
});

it('has one policy for answers and for the meta tag of the built page', () => {
  expect(CSP).toBe(`${META_CSP}; frame-ancestors 'none'`);
  expect(CSP).toMatch(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /);
  expect(CSP).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
});
