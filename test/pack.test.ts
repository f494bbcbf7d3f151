/** The package as a user gets it: what the tarball holds, and that it installs, loads and runs in an empty folder. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, requireBuild } from './runtimes/built.ts';

const MEGABYTE = 1e6;
const PACKED_LIMIT = 14 * MEGABYTE;

/** What npm says where the registry cannot be reached: nothing is wrong with the package then. */
const NO_REGISTRY = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network (request|timeout)/i;

/** The scripts of npm leave their own variables behind; README's way to skip the GPU download is the one in use. */
const ENVIRONMENT = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)_|^npm_config_ignore_scripts$|^NODE_OPTIONS$|^VITEST|^CI$/.test(name)),
  ),
  ONNXRUNTIME_NODE_INSTALL: 'skip',
};

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs npm, npx or node in `cwd`. On Windows the first two are .cmd files, which need a shell, and that quotes. */
const run = (cwd: string, command: 'npm' | 'npx' | 'node', ...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const shell = process.platform === 'win32' && command !== 'node';
    const options = { cwd, env: ENVIRONMENT, shell, maxBuffer: 1e8, timeout: 280_000 };
    execFile(command, shell ? args.map((arg) => `"${arg}"`) : args, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) || 1 : 0, stdout, stderr }),
    );
  });

interface Packed {
  filename: string;
  size: number;
  files: { path: string; size: number }[];
}

let folder: string;
let packed: Packed;
let paths: string[];
let install: Ran;

beforeAll(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'diffcut-pack-'));
  // without scripts: npm test has built already, and another test may be reading dist/
  const { code, stdout, stderr } = await run(ROOT, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder);
  if (code !== 0) throw new Error(`npm pack failed: ${stderr}`);
  const answer = JSON.parse(stdout);
  packed = Array.isArray(answer) ? answer[0] : Object.values(answer)[0]; // a list up to npm 11, by name from 12 on
  paths = packed.files.map(({ path }) => path);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  install = await run(folder, 'npm', 'install', `./${packed.filename}`, '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=1');
});

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('the tarball', () => {
  it('holds what is needed', () => {
    for (const path of [
      'package.json',
      'README.md',
      'CHANGELOG.md',
      'LICENSE',
      'NOTICE',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'dist/studio/index.html',
      'dist/studio/worker.js',
      'dist/studio/licenses.md',
      'src/index.ts',
    ]) {
      expect(paths).toContain(path);
    }
    expect(paths.filter((path) => path.startsWith('assets/'))).not.toEqual([]);
  });

  it('holds nothing else', () => {
    const known =
      /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|NOTICE|assets\/[^/]+|dist\/[\w/.-]+\.(js|d\.ts|d\.ts\.map)|dist\/studio\/[\w/.-]+|src\/[\w/.-]+\.ts)$/;
    expect(paths.filter((path) => !known.test(path))).toEqual([]);
    expect(paths.filter((path) => /\.test\.|golden|assembly|^src\/studio\//.test(path))).toEqual([]);
  });

  it('has the source of every declaration, for those who go to a definition', async () => {
    const maps = paths.filter((path) => path.endsWith('.d.ts.map'));
    expect(maps.length).toBeGreaterThan(100);
    for (const path of maps) {
      const { sources } = JSON.parse(await readFile(join(ROOT, path), 'utf8'));
      for (const source of sources) expect(paths).toContain(posix.join(posix.dirname(path), source));
    }
  });

  it('has both twins of every name that package.json maps', () => {
    const webs = paths.filter((path) => path.endsWith('-web.js'));
    expect(webs.length).toBeGreaterThan(5);
    for (const web of webs) expect(paths).toContain(web.replace('-web.js', '-node.js'));
  });

  it(`stays under ${PACKED_LIMIT / MEGABYTE} MB`, () => {
    expect(packed.size).toBeLessThan(PACKED_LIMIT);
  });

  it('names no path of the machine that built it', async () => {
    const texts = await Promise.all(paths.filter((path) => path.endsWith('.js')).map((path) => readFile(join(ROOT, path), 'utf8')));
    expect(texts.filter((text) => text.includes(JSON.stringify(ROOT).slice(1, -1))).length).toBe(0);
  });
});

describe('installed in an empty folder, the package', () => {
  /** A test that needs the installation; skipped with the reason where the registry cannot be reached. */
  const installed = (name: string, test: () => Promise<void>): void =>
    it(name, async (context) => {
      if (install.code !== 0 && NO_REGISTRY.test(install.stderr)) {
        return context.skip(`the npm registry cannot be reached: ${install.stderr.split('\n').find((line) => NO_REGISTRY.test(line))}`);
      }
      expect(install.stderr).not.toMatch(/npm (error|ERR!)/);
      expect(install.code).toBe(0);
      await test();
    });

  installed('is imported, with its types beside it', async () => {
    const script =
      "const d = await import('diffcut'); console.log(['segment', 'partition', 'cut', 'assign', 'refine', 'openEncoder'].map((n) => typeof d[n]).join());";
    await writeFile(join(folder, 'import.js'), script);
    const { stdout, stderr } = await run(folder, 'node', 'import.js');
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe(Array(6).fill('function').join());
    await access(join(folder, 'node_modules/diffcut/dist/index.d.ts'));
  });

  installed('has subpaths for those who only write results or only measure', async () => {
    const script = "console.log(typeof (await import('diffcut/export')).encodeIndexedPng, typeof (await import('diffcut/eval')).scoreRegions);";
    await writeFile(join(folder, 'subpaths.js'), script);
    expect((await run(folder, 'node', 'subpaths.js')).stdout.trim()).toBe('function function');
  });

  /** Without a flag and without a warning from 20.19 and 22.12 on. */
  const [major, minor] = process.versions.node.split('.').map(Number);
  const requires = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  installed(requires ? 'is required too' : 'names the way to import it where it cannot be required', async () => {
    await writeFile(join(folder, 'require.cjs'), "console.log(typeof require('diffcut').segment);");
    const { stdout, stderr } = await run(folder, 'node', 'require.cjs');
    if (requires) expect(stdout.trim()).toBe('function');
    else expect(stderr).toMatch(/ERR_REQUIRE_ESM/);
  });

  installed('type-checks in a strict project, library checks on', async () => {
    const consumer = [
      "import { partition, type Segmentation, segment } from 'diffcut';",
      "export const kept: Segmentation = await segment('photo.jpg', { price: 0.04 });",
      'export const { labels } = await partition({ data: new Float32Array(4), width: 2, height: 1, channels: 2 }, { alpha: 3 });',
      '// @ts-expect-error tau is a number',
      "await partition(kept.features, { tau: 'low' });",
      "import { encodeAllRles, type Rle } from 'diffcut/export';",
      "import { type RegionScore, scoreRegions } from 'diffcut/eval';",
      'export const rles: ReadonlyMap<number, Rle> = await encodeAllRles(labels);',
      'export const score: RegionScore = scoreRegions(labels, [kept.labels]);',
    ].join('\n');
    await writeFile(join(folder, 'consumer.ts'), consumer);
    const common = { noEmit: true, strict: true, target: 'es2022', lib: ['es2023', 'dom'], types: [] };
    const nodenext = { ...common, module: 'nodenext' };
    const bundler = { ...common, module: 'esnext', moduleResolution: 'bundler', customConditions: ['browser'] };
    const node10 = { ...common, module: 'esnext', moduleResolution: 'node10' }; // what older projects have: it knows no exports and no imports
    for (const compilerOptions of [nodenext, bundler, node10]) {
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
      const { stdout, code } = await run(folder, 'node', join(ROOT, 'node_modules/typescript/bin/tsc'));
      expect(stdout, compilerOptions.module).toBe('');
      expect(code).toBe(0);
    }
  });

  installed('answers --version', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect((await run(folder, 'npx', '--no', '--', 'diffcut', '--version')).stdout.trim()).toBe(version);
  });

  installed('segments a photograph', async () => {
    await mkdir(join(folder, 'in'), { recursive: true });
    await copyFile(join(ROOT, 'photos/chelsea.jpg'), join(folder, 'in/chelsea.jpg'));
    const { code, stdout, stderr } = await run(
      folder,
      'npx',
      '--no',
      '--',
      'diffcut',
      'segment',
      'in/chelsea.jpg',
      '-o',
      'out',
      '--size',
      '256',
      '--json',
    );
    expect(stderr).not.toMatch(/error/i);
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => typeof JSON.parse(line)),
    ).toEqual(['object']);
    for (const suffix of ['png', 'overlay.jpg', 'json']) await access(join(folder, `out/chelsea.${suffix}`));
    const { segments } = JSON.parse(await readFile(join(folder, 'out/chelsea.json'), 'utf8'));
    expect(segments.length).toBeGreaterThan(1);
  });

  installed('opens its studio, with all that the page loads', async () => {
    const program = spawn(process.execPath, [join(folder, 'node_modules/diffcut/dist/cli/main.js'), 'studio', '--no-open', '--port', '0', '--json'], {
      cwd: folder,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(createInterface(program.stdout), 'line')) as [string];
      const { url } = JSON.parse(line);
      const page = await (await fetch(url)).text();
      const [, script] = /src="\.\/(assets\/[^"]+)"/.exec(page) ?? [];
      for (const name of [
        script,
        'worker.js',
        'files/worker.js',
        'samples/horses.jpg',
        'files/efficientnet-lite.onnx',
        'files/ort-wasm-simd-threaded.wasm',
      ]) {
        const { status } = await fetch(new URL(name, url));
        expect([name, status]).toEqual([name, 200]);
      }
    } finally {
      program.kill('SIGINT');
      await once(program, 'exit');
    }
  });

  installed('still does without what README says that a server can do without', async () => {
    const modules = join(folder, 'node_modules');
    const others = (await readdir(join(modules, 'onnxruntime-node/bin/napi-v6'))).filter((platform) => platform !== process.platform);
    expect(others.length).toBeGreaterThan(1);
    for (const path of ['onnxruntime-web', ...others.map((platform) => `onnxruntime-node/bin/napi-v6/${platform}`)])
      await rm(join(modules, path), { recursive: true });
    const { code } = await run(folder, 'npx', '--no', '--', 'diffcut', 'segment', 'in/chelsea.jpg', '-o', 'pruned', '--size', '96');
    expect(code).toBe(0);
  });
});
