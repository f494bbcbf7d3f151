// Builds the studio, the page of `diffcut studio`, from dist/ (run after tsc: `npm run build` does both).
//   node scripts/build-studio.mjs             dist/studio/: the page alone; `diffcut studio` serves the encoder and the wasm beside it
//   node scripts/build-studio.mjs --static    and studio/: all of it, for any web host, with the embedded encoder and brotli copies
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { FILES, laySite } from './studio-site.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = join(ROOT, 'src/studio');
const OUT = join(ROOT, 'dist/studio');
const SITE = join(ROOT, 'studio');

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
    license: { fileName: 'licenses.md' }, // of the packages that are bundled
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

const hashOf = (paths) => {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(basename(path)).update(readFileSync(path));
  return JSON.stringify(hash.digest('hex').slice(0, 16));
};

// What the service worker keeps at once, the version of it all, and that of what it keeps once it was used.
const kept = filesOf(OUT).filter((name) => !/^samples\/|\.(br|md)$|^sw\.js$/.test(name));
const worker = join(OUT, 'sw.js');
const told = {
  __PAGE__: JSON.stringify(kept.map((name) => (name === 'index.html' ? './' : name))),
  __BUILD__: hashOf([...kept, 'sw.js'].map((name) => join(OUT, name))),
  __FILES__: hashOf([...FILES, ...filesOf(join(OUT, 'samples')).map((name) => join(OUT, 'samples', name))]),
};
writeFileSync(
  worker,
  Object.entries(told).reduce(
    (code, [name, value]) => {
      if (!code.includes(name)) throw new Error(`sw.js has no ${name} to fill in`);
      return code.replaceAll(name, () => value);
    },
    readFileSync(worker, 'utf8'),
  ),
);

/** Brotli copies of what becomes smaller by them; of large files quickly. */
const compress = (folder) => {
  for (const name of filesOf(folder).filter((path) => !/\.(png|jpg|br)$/.test(path))) {
    const bytes = readFileSync(join(folder, name));
    const params = { [constants.BROTLI_PARAM_QUALITY]: bytes.length > 4e6 ? 9 : 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const packed = brotliCompressSync(bytes, { params });
    if (packed.length < 0.95 * bytes.length) writeFileSync(join(folder, `${name}.br`), packed);
  }
};

const LARGE = /\.(wasm|onnx)$/;
const tell = (folder) => {
  const sizes = { page: 0, br: 0, large: 0, largeBr: 0 };
  const names = filesOf(folder);
  for (const name of names.filter((path) => !/^samples\/|\.br$/.test(path))) {
    const bytes = readFileSync(join(folder, name));
    const part = LARGE.test(name) ? 'large' : 'page';
    sizes[part] += gzipSync(bytes).length;
    sizes[part === 'large' ? 'largeBr' : 'br'] += names.includes(`${name}.br`) ? readFileSync(join(folder, `${name}.br`)).length : bytes.length;
  }
  const kb = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
  const large = sizes.large ? `; encoder and wasm ${kb(sizes.large)}, ${kb(sizes.largeBr)} by brotli` : '';
  console.log(`${relative(ROOT, folder)}: the page ${kb(sizes.page)} gzipped, ${kb(sizes.br)} by brotli${large}`);
};

compress(OUT);
tell(OUT);
if (process.argv.includes('--static')) {
  rmSync(SITE, { recursive: true, force: true });
  laySite(OUT, SITE);
  compress(SITE);
  tell(SITE);
}
