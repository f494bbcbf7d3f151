/** A static server on this machine alone, for the browser test. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/**
 * @param folders URL prefix with a slash at both ends -> folder; the longest prefix that fits counts
 * @returns the address, and a function that ends the server
 */
export const serve = async (folders: Record<string, string>): Promise<{ url: string; close: () => void }> => {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost'); // resolves any ..
    const prefix = prefixes.find((p) => pathname.startsWith(p)) ?? '/';
    const name = decodeURIComponent(pathname.slice(prefix.length)) || 'index.html';
    try {
      const body = await readFile(join(folders[prefix], name));
      response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream' }).end(body);
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
