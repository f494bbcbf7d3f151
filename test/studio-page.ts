/** A page as the studio's build lays it out, tiny, and requests as its browser sends them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { createStudio, type Studio, type StudioConfig } from '../src/serve/app-node.ts';

export const TOKEN = 'abcdefghijklmnopqrstuv';
export const PORT = 7411;
export const HOST = `127.0.0.1:${PORT}`;

const FILES = {
  'index.html': '<!doctype html><title>studio</title><script type="module" src="assets/index-Ab3_fG7x.js"></script>',
  'assets/index-Ab3_fG7x.js': 'document.title = "started";',
  'sw.js': 'self.skipWaiting();',
  'files/worker.js': 'import "../assets/index-Ab3_fG7x.js";',
  'two words.txt': 'ä',
};

/** Makes the page, and a file beside its folder that nobody may have. */
export const makePage = () => {
  const folder = mkdtempSync(join(tmpdir(), 'diffcut-studio ä '));
  const page = join(folder, 'page');
  for (const name of ['assets', 'files']) mkdirSync(join(page, name), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(page, name), text);
  writeFileSync(join(page, 'assets/index-Ab3_fG7x.js.br'), brotliCompressSync(FILES['assets/index-Ab3_fG7x.js']));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  return { folder, page, files: FILES, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
};

export const startStudio = (config: Partial<StudioConfig> & Pick<StudioConfig, 'folder'>): Studio =>
  createStudio({ token: TOKEN, port: PORT, inputs: [], ...config });

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: BodyInit;
  signal?: AbortSignal;
}

/** A request of the page itself. @param path below the token, unless it begins with a slash */
export const ask = async (studio: Studio, path: string, { method = 'GET', headers, body, signal }: Ask = {}): Promise<Response> => {
  const own = { host: HOST, 'sec-fetch-site': 'same-origin', ...(method === 'POST' && { origin: `http://${HOST}` }), ...headers };
  const init = { method, headers: own, body, signal, duplex: 'half' };
  return studio.fetch(new Request(`http://${HOST}${path.startsWith('/') ? path : `/${TOKEN}/${path}`}`, init as RequestInit));
};
