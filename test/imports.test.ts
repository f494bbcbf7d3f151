/** The import rules of ARCHITECTURE.md: who may import whom, which package, and what reaches a browser. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LEAVES = ['types', 'errors', 'options'];

/**
 * Folder (or file of src/ itself, without ending) -> what it may import besides itself. The stages stand in the
 * order of the data's path: each sees tensor/, the leaves and at most what comes before itself.
 */
const ALLOWED: Record<string, readonly string[]> = {
  types: [],
  errors: [],
  options: ['errors', 'types'],
  tensor: LEAVES,
  image: [...LEAVES, 'tensor'],
  models: [...LEAVES, 'tensor'],
  compile: [...LEAVES, 'models'], // weights, as data
  encode: [...LEAVES, 'tensor', 'image', 'models', 'compile'],
  regions: [...LEAVES, 'tensor'],
  solve: [...LEAVES, 'tensor', 'image', 'regions'],
  assign: [...LEAVES, 'tensor'],
  refine: [...LEAVES, 'tensor', 'regions', 'assign'], // borders are drawn from assign's score maps
  export: [...LEAVES, 'tensor'],
  coherence: [...LEAVES, 'tensor'],
  segment: [...LEAVES, 'tensor', 'image', 'models', 'encode', 'regions', 'solve', 'assign', 'refine', 'export'],
  index: [...LEAVES, 'tensor', 'image', 'models', 'encode', 'regions', 'solve', 'assign', 'refine', 'export', 'coherence', 'segment'],
  eval: ['index', ...LEAVES],
  cli: ['index', ...LEAVES, 'eval'],
};

/** Package (or node: for all of Node's modules) -> the files that may import it. */
const PACKAGES: Record<string, RegExp> = {
  'node:': /^(cli|eval)\/|-node\.ts$/,
  sharp: /-node\.ts$/,
  'onnxruntime-node': /^encode\/session-node\.ts$/,
  'onnxruntime-web': /^encode\/session-web\.ts$/,
  'onnxruntime-common': /^encode\/session-(node|web)\.ts$/,
  '@bufbuild/protobuf': /^compile\/proto\.ts$/,
  '@huggingface/tokenizers': /^encode\/tokenize\.ts$/,
  'fast-png': /^export\//,
  'linear-sum-assignment': /^eval\//,
  commander: /^cli\//,
  'cli-progress': /^cli\//,
  tinyglobby: /^cli\//,
  undici: /^models\/http-node\.ts$/,
};

/** Files that the browser build leaves out: a *-node.ts has a *-web.ts in its place. */
const NODE_ONLY = /^(cli|eval)\/|-node\.ts$/;

const IMPORT = /(?:^|[;}\n])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** Every module that a source names, static, re-exported or dynamic; comments do not count. */
const importsOf = (source: string): string[] => {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
  return [...code.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3]);
};

/** The key of ALLOWED that a path below src/ belongs to. */
const unitOf = (path: string): string => path.split('/')[0].replace(/\.ts$/, '');

const packageOf = (specifier: string): string => {
  if (specifier.startsWith('node:')) return 'node:';
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
};

/** One sentence for each rule that an import of `file` (below src/) breaks. */
const breaches = (file: string, specifier: string): string[] => {
  const from = unitOf(file);
  if (!Object.hasOwn(ALLOWED, from)) return [`src/${file}: ${from} has no row in the table of allowed imports`];
  if (!specifier.startsWith('.')) {
    const name = packageOf(specifier);
    return PACKAGES[name]?.test(file) ? [] : [`src/${file} must not import ${specifier}`];
  }
  const target = posix.join(posix.dirname(file), specifier);
  const to = unitOf(target);
  const out: string[] = [];
  if (target.startsWith('..')) out.push(`src/${file} imports ${specifier} from outside src/`);
  else if (to !== from && !ALLOWED[from].includes(to)) out.push(`src/${file} must not import ${specifier}: ${from} may not see ${to}`);
  if (!/\.(ts|json)$/.test(specifier)) out.push(`src/${file} imports ${specifier} without its .ts ending`);
  return out;
};

const FILES = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .map((name) => name.split(sep).join('/'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('tensor/assembly/'));
const GRAPH = new Map(FILES.map((file) => [file, importsOf(readFileSync(join(ROOT, 'src', file), 'utf8'))]));
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

describe('import rules', () => {
  it('hold for every file of src/', () => {
    expect(FILES.length).toBeGreaterThan(20);
    expect([...GRAPH].flatMap(([file, specifiers]) => specifiers.flatMap((specifier) => breaches(file, specifier)))).toEqual([]);
  });

  it('let only declared packages in, and no declared one lie idle', () => {
    const imported = new Set(
      [...GRAPH.values()]
        .flat()
        .filter((s) => !s.startsWith('.') && !s.startsWith('node:'))
        .map(packageOf),
    );
    expect([...imported].sort()).toEqual(Object.keys(MANIFEST.dependencies).sort());
  });

  it("keep Node's files out of the browser build: each one that index.ts reaches is replaced by package.json", () => {
    const replaced: Record<string, string> = MANIFEST.browser;
    const reached = new Set<string>();
    const relativeImportsOf = (file: string): string[] =>
      (GRAPH.get(file) ?? []).filter((specifier) => specifier.startsWith('.')).map((specifier) => posix.join(posix.dirname(file), specifier));
    const walk = (file: string): void => {
      if (reached.has(file) || !GRAPH.has(file)) return;
      reached.add(file);
      const web = replaced[`./dist/${file.replace(/\.ts$/, '.js')}`];
      const next = web ? [web.replace('./dist/', '').replace(/\.js$/, '.ts')] : relativeImportsOf(file);
      for (const target of next) walk(target);
    };
    walk('index.ts');
    const unreplaced = [...reached].filter((file) => NODE_ONLY.test(file) && !replaced[`./dist/${file.replace(/\.ts$/, '.js')}`]);
    expect(unreplaced).toEqual([]);
    for (const [node, web] of Object.entries(replaced)) {
      for (const built of [node, web]) expect(FILES).toContain(relative('dist', built).split(sep).join('/').replace(/\.js$/, '.ts'));
    }
  });

  it('give both sides of a replacement the same names', () => {
    const namesOf = (built: string): string[] => {
      const source = readFileSync(join(ROOT, built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')), 'utf8');
      return [...source.matchAll(/^export (?:const|(?:async )?function) (\w+)/gm)].map(([, name]) => name).sort();
    };
    for (const [node, web] of Object.entries<string>(MANIFEST.browser)) expect(namesOf(web), web).toEqual(namesOf(node));
  });

  it('are able to fail', () => {
    expect(breaches('solve/prune.ts', '../refine/pamr.ts')).toEqual([expect.stringMatching(/solve may not see refine/)]);
    expect(breaches('assign/assign.ts', 'node:fs')).toEqual([expect.stringMatching(/must not import node:fs/)]);
    expect(breaches('encode/encoder.ts', 'onnxruntime-web/wasm')).toEqual([expect.stringMatching(/must not import onnxruntime-web/)]);
    expect(breaches('segment.ts', './cli/main.ts')).toEqual([expect.stringMatching(/segment may not see cli/)]);
    expect(breaches('tensor/npy.ts', './half')).toEqual([expect.stringMatching(/without its \.ts ending/)]);
    expect(breaches('studio/page.ts', '../index.ts')).toEqual([expect.stringMatching(/no row/)]);
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
