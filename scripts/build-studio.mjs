// Builds the studio, the page of `diffcut studio`, from dist/ (run after tsc: `npm run build` does both).
//   node scripts/build-studio.mjs             dist/studio/: the page alone; `diffcut studio` serves the encoder and the wasm beside it
//   node scripts/build-studio.mjs --static    studio/: all of it, for any web host, with the embedded encoder and brotli copies
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = join(ROOT, 'src/studio');
const isStatic = process.argv.includes('--static');
const OUT = join(ROOT, isStatic ? 'studio' : 'dist/studio');

/** What the page loads by name from `files/`: the runtime's build for CPUs, and the one for GPUs where there is one. */
const FILES = [
  'assets/efficientnet-lite.onnx',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.asyncify.wasm',
];

/** libheif is LGPL and 2 MB: browsers that read HEIC do so themselves, and for others there is a sentence. */
const withoutHeic = {
  name: 'without-heic',
  enforce: 'pre',
  resolveId: (id) => (id === 'heic-decode' ? '\0heic' : undefined),
  load: (id) => (id === '\0heic' ? 'export default {}' : undefined),
};

/** The package says where its files are by URLs that a bundler follows, and would copy each beside its chunk: `setAssets` names them all. */
const filesByName = {
  name: 'files-by-name',
  enforce: 'pre',
  transform: (code) =>
    code.includes('import.meta.url')
      ? code
          .replace(/new URL\((['"`])[^'"`]*?([\w.-]+\.(?:onnx|wasm))\1,\s*import\.meta\.url\)/g, 'new URL("files/$2", self.location.href)')
          .replace(/new URL\((['"`])\.\/worker-entry-web\.js\1,\s*import\.meta\.url\)/g, 'new URL("files/worker.js", self.location.href)')
      : undefined,
};

rmSync(OUT, { recursive: true, force: true });
await build({
  configFile: false,
  root: SOURCE,
  base: './',
  logLevel: 'warn',
  plugins: [filesByName, withoutHeic],
  resolve: { conditions: ['browser', 'module', 'import', 'default'] },
  define: { __VERSION__: JSON.stringify(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version) },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    modulePreload: false,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4096,
    rollupOptions: {
      input: {
        index: join(SOURCE, 'index.html'),
        worker: join(SOURCE, 'worker/entry.ts'),
        'files/worker': join(ROOT, 'dist/runtime/worker-entry-web.js'),
        sw: join(SOURCE, 'sw.ts'),
      },
      output: {
        entryFileNames: ({ name }) => (name === 'index' ? 'assets/[name]-[hash].js' : '[name].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
});

const filesOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();

for (const name of readdirSync(join(ROOT, 'photos')).filter((file) => file.endsWith('.jpg'))) {
  mkdirSync(join(OUT, 'samples'), { recursive: true });
  cpSync(join(ROOT, 'photos', name), join(OUT, 'samples', name));
}
if (isStatic) {
  mkdirSync(join(OUT, 'files'), { recursive: true });
  for (const file of FILES) cpSync(join(ROOT, file), join(OUT, 'files', file.split('/').at(-1)));
}

// What the service worker keeps at once, and the version of it all: a page that changed has another.
const page = filesOf(OUT).filter((name) => !/\.(wasm|onnx|br|jpg)$/.test(name) && name !== 'sw.js');
const hash = createHash('sha256');
for (const name of filesOf(OUT)) hash.update(name).update(readFileSync(join(OUT, name)));
const worker = join(OUT, 'sw.js');
writeFileSync(
  worker,
  readFileSync(worker, 'utf8')
    .replace('"__PAGE__"', () => JSON.stringify(page.map((name) => (name === 'index.html' ? './' : name))))
    .replace('__BUILD__', hash.digest('hex').slice(0, 16)),
);

const sizes = { page: 0, files: 0 };
for (const name of filesOf(OUT)) {
  const bytes = readFileSync(join(OUT, name));
  if (/\.(png|jpg|br)$/.test(name)) continue;
  sizes[/\.(wasm|onnx)$/.test(name) ? 'files' : 'page'] += gzipSync(bytes).length;
  const level = bytes.length > 4e6 ? 9 : 11;
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  if (packed.length < 0.95 * bytes.length && (isStatic || bytes.length < 4e6)) writeFileSync(join(OUT, `${name}.br`), packed);
}
console.log(
  `${relative(ROOT, OUT)}: ${(sizes.page / 1024).toFixed(0)} KB of page, gzipped${isStatic ? `; ${(sizes.files / 2 ** 20).toFixed(1)} MB of encoder and wasm` : ''}`,
);
