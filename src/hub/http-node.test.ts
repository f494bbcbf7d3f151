import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startHub } from '../../test/fake-hub.ts';
import { InputError } from '../errors.ts';
import { hubFetch, proxyFor } from './http-node.ts';

const proxy = { http: 'http://plain:1', https: 'secure:2', except: 'localhost, .internal.example,other.example:8080 *.wild.example' };

describe('the proxy for a URL', () => {
  it.each([
    ['http://hub.example/x', 'http://plain:1'],
    ['https://hub.example/x', 'http://secure:2'],
    ['https://localhost/x', undefined],
    ['https://a.internal.example/x', undefined],
    ['https://internal.example/x', undefined],
    ['https://notinternal.example/x', 'http://secure:2'],
    ['https://other.example:8080/x', undefined],
    ['https://other.example/x', 'http://secure:2'],
    ['https://b.wild.example/x', undefined],
  ])('%s: %s', (url, wanted) => expect(proxyFor(new URL(url), { proxy })).toBe(wanted));

  it('is none where every host goes without, or none is set', () => {
    expect(proxyFor(new URL('https://a.b/'), { proxy: { ...proxy, except: '*' } })).toBeUndefined();
    expect(proxyFor(new URL('https://a.b/'), { proxy: { http: 'http://x', except: '' } })).toBeUndefined();
  });

  it('is refused where it is not HTTP, without its password', () => {
    const socks = { proxy: { https: 'socks5://me:secret@host:1', except: '' } };
    expect(() => proxyFor(new URL('https://a.b/'), socks)).toThrow(
      /Expected an http: or https: URL for HTTPS_PROXY but received "socks5:\/\/host:1"/,
    );
  });
});

/** A proxy that tunnels. */
const startProxy = async (): Promise<{ url: string; asked: string[]; server: Server }> => {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '', headers }, client) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`.trim());
    const { hostname, port } = new URL(`http://${url}`);
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) socket.on('error', () => {});
    client.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server };
};

describe('a request', () => {
  it('goes through the proxy', async () => {
    const hub = await startHub();
    const between = await startProxy();
    hub.put('maker/model', 'a.json', '{}');
    const url = `${hub.settings.endpoint}/api/resolve-cache/maker/model/resolve/main/a.json`;
    const fetch = hubFetch({ proxy: { http: `http://me:word@${between.url}`, except: '' } });
    const { status, body } = await fetch(url, { method: 'GET' });
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    expect([status, Buffer.concat(parts).toString()]).toEqual([200, '{}']);
    expect(between.asked).toEqual([`${new URL(url).host} Basic ${Buffer.from('me:word').toString('base64')}`]);
    await hub.close();
    between.server.closeAllConnections();
    between.server.close();
  });

  it('that must stay outside is judged by an address that is written out, also through a proxy, which knows what a name stands for', async () => {
    const hub = await startHub();
    const between = await startProxy();
    hub.put('maker/model', 'a.json', '{}');
    const url = new URL(`${hub.settings.endpoint}/api/resolve-cache/maker/model/resolve/main/a.json`);
    const refusal = new InputError('no');
    for (const proxy of [{ except: '' }, { http: `http://${between.url}`, except: '' }]) {
      const fetch = hubFetch({ proxy });
      await expect(fetch(url.href, { method: 'GET', refusal })).rejects.toBe(refusal);
      const named = fetch(url.href.replace('127.0.0.1', 'localhost'), { method: 'GET', refusal });
      if (proxy.http) await (await named).dispose();
      else await expect(named).rejects.toBe(refusal);
    }
    expect(between.asked.length).toBe(1);
    await hub.close();
    between.server.closeAllConnections();
    between.server.close();
  });

  it.each([
    [407, /^The proxy 127\.0\.0\.1:\d+ wants a login \(407\): set HTTP_PROXY to http:\/\/user:password@127/, 'refused'],
    [403, /^The proxy 127\.0\.0\.1:\d+ does not connect to hub\.example \(403\): check HTTP_PROXY, or name the host in NO_PROXY$/, 'refused'],
    [502, /does not connect to hub\.example \(502\)/, 'unreachable'],
  ])('that the proxy refuses with %i says so', async (status, pattern, kind) => {
    const server = createServer();
    server.on('connect', (_, client) => client.on('error', () => {}).end(`HTTP/1.1 ${status} No\r\n\r\n`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fetch = hubFetch({ proxy: { http: `http://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}`, except: '' } });
    const error = await fetch('http://hub.example/x', { method: 'GET' }).catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringMatching(pattern), kind });
    expect((error as Error).message).not.toContain('secret');
    server.close();
  });

  it('through a proxy that hangs up says so', async () => {
    const server = createServer(); // closes what wants a tunnel
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fetch = hubFetch({ proxy: { http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, except: '' } });
    await expect(fetch('http://hub.example/x', { method: 'GET' })).rejects.toMatchObject({
      message: expect.stringMatching(/does not connect to hub\.example \(it hangs up\): check HTTP_PROXY/),
      kind: 'unreachable',
    });
    server.closeAllConnections();
    server.close();
  });

  it('follows no redirect, asks for no compression, and may be dropped', async () => {
    const hub = await startHub();
    hub.put('maker/model', 'a.json', '{}');
    const fetch = hubFetch({ proxy: { except: '' } });
    const { status, headers, dispose } = await fetch(`${hub.settings.endpoint}/maker/model/resolve/main/a.json`, { method: 'GET' });
    expect([status, headers.location]).toEqual([307, '/api/resolve-cache/maker/model/resolve/main/a.json']);
    await dispose();
    await hub.close();
  });
});
