/** The import rules of ARCHITECTURE.md: who may import whom, which package, and what reaches a browser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LEAVES = ['types', 'errors', 'json', 'options', 'system-errors-node', 'sharp-node', 'disk-node', 'pipes-node', 'temporary-node', 'geo'];

/** From bytes on a disk to an open encoder: each sees those before it. */
const ENCODING = ['tensor', 'net', 'image', 'files', 'weights', 'models', 'store', 'hub', 'compile', 'runtime', 'text', 'encode', 'label', 'pull'];
/** From features to segments. */
const CUTTING = ['regions', 'solve', 'draw', 'export'];

/** What comes before it in the list, and the leaves. */
const before = (name: string): string[] => [...LEAVES, ...ENCODING.slice(0, ENCODING.indexOf(name))];

/**
 * Folder (or file of src/ itself, without ending) -> what it may import besides itself. The stages stand in the
 * order of the data's path: each sees tensor/, the leaves and at most what comes before itself.
 */
const ALLOWED: Record<string, readonly string[]> = {
  types: [],
  errors: [],
  json: ['errors'],
  'system-errors-node': ['errors'],
  'sharp-node': ['errors'],
  'disk-node': ['types', 'system-errors-node'],
  'pipes-node': ['types', 'errors', 'system-errors-node', 'disk-node', 'tensor'],
  'temporary-node': ['types', 'disk-node'],
  'write-whole-node': ['types', 'system-errors-node', 'pipes-node', 'temporary-node'],
  'write-whole-web': ['types', 'errors'],
  geo: ['types'],
  'version-node': [],
  options: ['errors', 'types'],
  ...Object.fromEntries(ENCODING.map((name) => [name, before(name)])),
  regions: [...LEAVES, 'tensor'],
  solve: [...LEAVES, 'tensor', 'image', 'regions'],
  draw: [...LEAVES, 'tensor', 'regions', 'solve'],
  figure: [...LEAVES, 'tensor'],
  export: [...LEAVES, 'tensor', 'image', 'figure'], // TIFFs are read as pictures are
  coherence: [...LEAVES, 'tensor', 'figure'],
  concepts: [...LEAVES, 'tensor', 'regions', 'solve'],
  'segment-options': [...LEAVES, ...ENCODING, ...CUTTING],
  analysis: [...LEAVES, ...ENCODING, ...CUTTING, 'segment-options'],
  drawing: [...LEAVES, ...ENCODING, ...CUTTING, 'segment-options', 'analysis'],
  'segment-large': [...LEAVES, ...ENCODING, ...CUTTING, 'segment-options', 'analysis', 'drawing'],
  segment: [...LEAVES, ...ENCODING, ...CUTTING, 'segment-options', 'analysis', 'drawing', 'segment-large'],
  compare: [...LEAVES, 'tensor', 'image', 'models', 'encode', 'export', 'figure', 'coherence', 'analysis', 'segment'],
  lanes: [...LEAVES, ...ENCODING, ...CUTTING, 'segment-options', 'analysis', 'segment'],
  'segment-many': [...LEAVES, ...ENCODING, 'segment-options', 'analysis', 'lanes'],
  index: ['lanes', 'segment-many', ...LEAVES, ...ENCODING, ...CUTTING, 'coherence', 'concepts', 'segment-options', 'analysis', 'drawing', 'segment'],
  tables: [...LEAVES, 'models', 'compare'],
  toolkit: [
    'tables',
    'index',
    'write-whole',
    ...LEAVES,
    ...ENCODING,
    ...CUTTING,
    'coherence',
    'compare',
    'concepts',
    'segment-options',
    'analysis',
    'drawing',
    'segment',
  ],
  eval: ['toolkit', ...LEAVES, 'version-node', 'lanes'],
  jobs: ['toolkit', ...LEAVES, 'version-node', 'lanes', 'net'],
  sets: ['toolkit', ...LEAVES, 'jobs'],
  serve: ['toolkit', ...LEAVES, 'version-node', 'jobs', 'lanes', 'net'],
  cli: ['tables', 'toolkit', ...LEAVES, 'version-node', 'eval', 'jobs', 'sets', 'serve', 'lanes'],
  studio: [], // the package as its users have it, by name
};

/** The page: bundled, not published, so what it needs is among the packages of development. */
const STUDIO = /^studio\//;

/** Package (or node: for all of Node's modules) -> the files that may import it. */
const PACKAGES: Record<string, RegExp> = {
  'node:': /^(cli|eval)\/|-node\.ts$/,
  sharp: /(^|\/)sharp-node\.ts$/,
  'onnxruntime-node': /^runtime\/(load|session)-node\.ts$/,
  'onnxruntime-web': /^runtime\/(load-node|session-web)\.ts$/,
  'onnxruntime-common': /^runtime\/session-(node|web)\.ts$/,
  '@bufbuild/protobuf': /^compile\/proto\.ts$/,
  '@huggingface/tokenizers': /^text\/tokenizer\.ts$/,
  fflate: /^(tensor\/inflate\.ts$|export\/(png|imagej)\.ts$|serve\/|studio\/)/,
  geotiff: /^image\/tiff/,
  zstddec: /^image\/tiff-blocks\.ts$/,
  '@aws-sdk/client-s3': /^net\/s3-node\.ts$/,
  'heic-decode': /^image\/heic\.ts$/,
  'linear-sum-assignment': /^eval\//,
  commander: /^cli\//,
  'cli-progress': /^cli\//,
  tinyglobby: /^jobs\//,
  chokidar: /^jobs\//,
  bullmq: /^jobs\/queue/,
  hono: /^serve\//,
  '@hono/node-server': /^serve\//,
  undici: /^(hub\/http|net\/fetch)-node\.ts$/,
  diffcut: STUDIO,
  'diffcut/export': STUDIO,
  preact: STUDIO,
  '@preact/signals': STUDIO,
  idb: STUDIO,
};

/** Files that never reach a browser: `#x` is x-web.ts there. */
const NODE_ONLY = /^(cli|eval|serve)\/|-node\.ts$/;
const TWIN = /-(node|web)\.ts$/;

const IMPORT = /(?:^|[;}\n])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

/** Every module that a source names, static, re-exported or dynamic; comments do not count. */
const importsOf = (source: string): string[] => {
  return [...withoutComments(source).matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3]);
};

/** The key of ALLOWED that a path below src/ belongs to. */
const unitOf = (path: string): string => path.split('/')[0].replace(/\.tsx?$/, '');

const packageOf = (specifier: string): string => {
  if (specifier.startsWith('node:')) return 'node:';
  if (specifier.startsWith('diffcut/')) return specifier; // each part of it for itself
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
};

/** One sentence for each rule that an import of `file` (below src/) breaks. */
const breaches = (file: string, specifier: string): string[] => {
  const from = unitOf(file);
  if (!Object.hasOwn(ALLOWED, from)) return [`src/${file}: ${from} has no row in the table of allowed imports`];
  if (specifier.startsWith('#')) {
    const to = unitOf(specifier.slice(1));
    return to === from || ALLOWED[from].includes(to) ? [] : [`src/${file} must not import ${specifier}: ${from} may not see ${to}`];
  }
  if (!specifier.startsWith('.')) {
    const name = packageOf(specifier);
    return PACKAGES[name]?.test(file) ? [] : [`src/${file} must not import ${specifier}`];
  }
  const target = posix.join(posix.dirname(file), specifier);
  const to = unitOf(target);
  const out: string[] = [];
  if (target.startsWith('..')) out.push(`src/${file} imports ${specifier} from outside src/`);
  else if (to !== from && !ALLOWED[from].includes(to)) out.push(`src/${file} must not import ${specifier}: ${from} may not see ${to}`);
  if (!NODE_ONLY.test(file) && TWIN.test(target)) out.push(`src/${file} imports ${specifier}: it would be the same in a browser`);
  if (!/\.(tsx?|json|css)$/.test(specifier)) out.push(`src/${file} imports ${specifier} without its .ts ending`);
  return out;
};

const FILES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(sep).join('/'))
  .filter((name) => /\.tsx?$/.test(name) && !/\.(test|cases)\.tsx?$/.test(name) && !name.startsWith('tensor/assembly/'));
const GRAPH = new Map(FILES.map((file) => [file, importsOf(readFileSync(join(ROOT, 'src', file), 'utf8'))]));
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

const BEYOND_ASCII = /[^\0-\x7f]|\\x[89a-f]|\\u/i;

/** The files of src/ that come with one of them. @param specifiers what a file imports */
const reachedFrom = (start: string, twin: 'node' | 'web', specifiers: (file: string) => readonly string[]): string[] => {
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    expect(FILES, file).toContain(file);
    for (const specifier of specifiers(file)) {
      if (specifier.startsWith('#')) walk(`${specifier.slice(1)}-${twin}.ts`);
      else if (specifier.startsWith('.')) walk(posix.join(posix.dirname(file), specifier));
    }
  };
  walk(start);
  return [...reached];
};

/** The files of src/ that a page gets with one of them. */
const reachedInPages = (start: string): string[] => reachedFrom(start, 'web', (file) => GRAPH.get(file) ?? []);

/** Types are gone when code runs, and what is imported by a call is loaded by it. */
const loadedAtOnce = (file: string): string[] =>
  importsOf(
    readFileSync(join(ROOT, 'src', file), 'utf8')
      .replace(/^(import|export) type\b[^;]*;/gm, '')
      .replace(/\bimport\(/g, '('),
  );

describe('import rules', () => {
  it('hold for every file of src/', () => {
    expect(FILES.length).toBeGreaterThan(20);
    expect([...GRAPH].flatMap(([file, specifiers]) => specifiers.flatMap((specifier) => breaches(file, specifier)))).toEqual([]);
  });

  it('let only declared packages in, and no declared one lie idle', () => {
    const importedBy = (isAsked: (file: string) => boolean): string[] => {
      const specifiers = [...GRAPH].flatMap(([file, named]) => (isAsked(file) ? named.filter((s) => !/^[.#]|^node:/.test(s)) : []));
      return [...new Set(specifiers.map(packageOf))].sort();
    };
    const { dependencies, peerDependencies, devDependencies } = MANIFEST;
    expect(importedBy((file) => !STUDIO.test(file))).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).sort());
    const declared = Object.keys({ ...dependencies, ...devDependencies, diffcut: 0, 'diffcut/export': 0 });
    expect(importedBy((file) => STUDIO.test(file)).filter((name) => !declared.includes(name))).toEqual([]);
  });

  it("keep Node's files out of the browser: what toolkit.ts reaches there is neutral or a -web.ts", () => {
    expect(reachedInPages('toolkit.ts').filter((file) => NODE_ONLY.test(file))).toEqual([]);
    expect(MANIFEST.imports).toEqual({ '#*': { browser: './dist/*-web.js', default: './dist/*-node.js' } });
  });

  // Loading all of the library took most of the time of --help and of every refusal.
  it('let commands register with tables alone: what works is loaded when one runs', () => {
    const reached = reachedFrom('cli/program.ts', 'node', loadedAtOnce);
    const units = [...new Set(reached.map(unitOf))].sort();
    expect(units).toEqual(['cli', 'compare', 'errors', 'jobs', 'models', 'options', 'system-errors-node', 'tables', 'version-node']);
    expect(reachedFrom('cli/batch.ts', 'node', loadedAtOnce)).toContain('solve/solver.ts');
  });

  // Minified, an escaped letter stands there raw, and a page that names no charset reads others.
  it('leave code that pages get with letters of ASCII alone', () => {
    const codeOf = (file: string): string => withoutComments(readFileSync(join(ROOT, 'src', file), 'utf8'));
    expect(reachedInPages('index.ts').filter((file) => BEYOND_ASCII.test(codeOf(file)))).toEqual([]);
    expect(BEYOND_ASCII.test(String.raw`'\x89PNG'`)).toBe(true);
  });

  it('give twins the same names', () => {
    const namesOf = (file: string): string[] => {
      const source = readFileSync(join(ROOT, 'src', file), 'utf8');
      return [...source.matchAll(/^export (?:const|(?:async )?function) (\w+)/gm)].map(([, name]) => name).sort();
    };
    const webs = FILES.filter((file) => file.endsWith('-web.ts'));
    expect(webs.length).toBeGreaterThan(5);
    for (const web of webs) expect(namesOf(web), web).toEqual(namesOf(web.replace('-web.ts', '-node.ts')));
  });

  it('are able to fail', () => {
    expect(breaches('solve/tree.ts', '../draw/pamr.ts')).toEqual([expect.stringMatching(/solve may not see draw/)]);
    expect(breaches('draw/assign.ts', 'node:fs')).toEqual([expect.stringMatching(/must not import node:fs/)]);
    expect(breaches('encode/encoder.ts', 'onnxruntime-web/wasm')).toEqual([expect.stringMatching(/must not import onnxruntime-web/)]);
    expect(breaches('serve/app-node.ts', '../cli/terminal.ts')).toEqual([expect.stringMatching(/serve may not see cli/)]);
    expect(breaches('cli/studio.ts', 'hono')).toEqual([expect.stringMatching(/must not import hono/)]);
    expect(breaches('segment.ts', './cli/main.ts')).toEqual([expect.stringMatching(/segment may not see cli/)]);
    expect(breaches('encode/embedded.ts', '../runtime/session-node.ts')).toEqual([expect.stringMatching(/the same in a browser/)]);
    expect(breaches('image/image.ts', '#runtime/session')).toEqual([expect.stringMatching(/image may not see runtime/)]);
    expect(breaches('tensor/npy.ts', './half')).toEqual([expect.stringMatching(/without its \.ts ending/)]);
    expect(breaches('tables.ts', './segment.ts')).toEqual([expect.stringMatching(/tables may not see segment/)]);
    expect(breaches('pages/page.ts', '../index.ts')).toEqual([expect.stringMatching(/no row/)]);
    expect(breaches('studio/main.tsx', '../index.ts')).toEqual([expect.stringMatching(/studio may not see index/)]);
    expect(breaches('studio/main.tsx', 'diffcut/eval')).toEqual([expect.stringMatching(/must not import diffcut\/eval/)]);
    expect(breaches('solve/tree.ts', 'preact/hooks')).toEqual([expect.stringMatching(/must not import preact/)]);
    expect(['diffcut', 'diffcut/export', 'preact/hooks', './edit/index.ts'].flatMap((name) => breaches('studio/main.tsx', name))).toEqual([]);
  });

  it('see every form of import', () => {
    const source = [
      "import a from './a.ts';\nimport type { B } from './b.ts';",
      "import {\n  c,\n  d,\n} from './c.ts';",
      "export * from './e.ts';\nexport { f } from './f.ts';",
      "import './g.ts';",
      "const h = await import('./h.ts');",
      "// import './no.ts'\n/* import './no.ts' */",
      "const x = { from: 'nowhere' };",
    ].join('\n');
    expect(importsOf(source)).toEqual(['./a.ts', './b.ts', './c.ts', './e.ts', './f.ts', './g.ts', './h.ts']);
  });
});
