// The studio for any host of files: the built page with encoder, wasm and its mark beside it.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What the page loads by name from `files/`: the encoder, the runtime's build for CPUs, and the one for GPUs where there is one. */
export const FILES = [
  'assets/efficientnet-lite.onnx',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm',
].map((path) => join(ROOT, path));

/** Lays the page of `from` into the folder `to`. */
export const laySite = (from, to) => {
  cpSync(from, to, { recursive: true });
  const index = join(to, 'index.html');
  const page = readFileSync(index, 'utf8');
  const marked = page.replace('<html lang="en">', '<html lang="en" data-site="static">'); // src/studio/state/site.ts reads it
  if (marked === page) throw new Error('index.html has no <html lang="en"> to mark');
  writeFileSync(index, marked);
  rmSync(`${index}.br`, { force: true }); // of the page without the mark
  mkdirSync(join(to, 'files'), { recursive: true });
  for (const file of FILES) cpSync(file, join(to, 'files', basename(file)));
};
