/** A static server on this machine alone that answers to ranges, for the tests of the runtimes. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.htm': 'text/html', // as of servers that name no charset
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** The part of the body that a Range header asks for, as [start, end); undefined where it asks for none. */
const rangeOf = (header: string | undefined, size: number): [number, number] | undefined => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  return first === undefined ? undefined : [Number(first), Math.min(size, last ? Number(last) + 1 : size)];
};

const answer = (request: IncomingMessage, response: ServerResponse, type: string, body: Buffer): void => {
  const range = rangeOf(request.headers.range, body.length);
  const headers = { 'content-type': type, 'accept-ranges': 'bytes' };
  if (!range) response.writeHead(200, headers).end(body);
  else if (range[0] >= range[1]) response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
  else response.writeHead(206, { ...headers, 'content-range': `bytes ${range[0]}-${range[1] - 1}/${body.length}` }).end(body.subarray(...range));
};

/**
 * @param folders URL prefix with a slash at both ends -> folder; the longest prefix that fits counts
 * @param always headers of every answer
 * @returns the address, and a function that ends the server
 */
export const serve = async (folders: Record<string, string>, always: Record<string, string> = {}): Promise<{ url: string; close: () => void }> => {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(always)) response.setHeader(name, value);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost'); // resolves any ..
    const prefix = prefixes.find((p) => pathname.startsWith(p)) ?? '/';
    const name = decodeURIComponent(pathname.slice(prefix.length)) || 'index.html';
    try {
      const body = await readFile(join(folders[prefix], name));
      answer(request, response, TYPES[extname(name)] ?? 'application/octet-stream', body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};
