/** What the benches of the studio stand on: the built page on a server of files, a headless Chromium, and pictures to open. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

const scratch = mkdtempSync(join(tmpdir(), 'diffcut-bench-'));
/** As a host serves what `npm run build:studio` makes; and pictures of the bench under `scratch/`. */
const pathOf = (path) =>
  path.startsWith('/scratch/')
    ? join(scratch, basename(path))
    : path.endsWith('.onnx')
      ? join(ROOT, 'assets', path.split('/').at(-1))
      : path.endsWith('.wasm')
        ? join(ROOT, 'node_modules/onnxruntime-web/dist', path.split('/').at(-1))
        : join(ROOT, 'dist/studio', path === '/' ? 'index.html' : path);
/** Headers that let a page share memory between threads. */
export const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Serves the page. @param answers calls beside its files, by path */
export const servePage = async (answers = {}) => {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    if (answers[pathname]) return answers[pathname](request, response);
    const file = pathOf(pathname);
    try {
      const body = await readFile(file);
      response.writeHead(200, { ...ISOLATED, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
};

/** A bundled photograph of another size, as a JPEG. @param size `{ width, height? }`, its shape kept where there is no height */
export const photo = async (name, size) => {
  const path = join(scratch, `${name}-${size.width}.jpg`);
  await sharp(join(ROOT, 'photos', `${name}.jpg`))
    .resize({ ...size, ...(size.height && { fit: 'fill' }) })
    .jpeg({ quality: 92 })
    .toFile(path);
  return path;
};

const canRun = (path) => {
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const executablePath =
  process.env.CHROMIUM_PATH ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => canRun(path));
export const launch = () => chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
