/** The package bundled for Node, as servers and command lines are: nothing is thrown when it is loaded, and it segments. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, type Format } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { ROOT, requireBuild } from '../runtimes/built.ts';

const APP = join(ROOT, 'test/bundlers/apps/server.js');
const PHOTO = join(ROOT, 'photos/rocket.jpg');
const ASSET = 'efficientnet-lite.onnx';
/** What holds binaries stays outside of any bundle. */
const EXTERNAL = ['sharp', 'onnxruntime-node', 'onnxruntime-web'];

let folder: string;
beforeAll(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'diffcut-bundled-'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The lines that a bundle prints. */
const run = async (...args: string[]): Promise<string[]> => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  expect(stderr).toBe('');
  return stdout.trim().split('\n');
};

const SEGMENTED = ['2 masks', expect.stringMatching(/^[1-9]\d* segments on cpu$/)];

describe.each<[Format, string]>([
  ['esm', 'mjs'],
  ['cjs', 'cjs'],
])('bundled by esbuild to %s', (format, ending) => {
  let out: string;
  beforeAll(async () => {
    out = join(folder, format);
    await build({
      entryPoints: { app: APP, worker: 'diffcut/worker' },
      absWorkingDir: join(ROOT, 'test/bundlers'),
      outdir: out,
      bundle: true,
      platform: 'node',
      format,
      external: EXTERNAL,
      outExtension: { '.js': `.${ending}` },
      logLevel: 'error',
      tsconfigRaw: '{}', // the repository's own leads to the sources
    });
  });

  it('it loads, and one sentence says that a file is missing', async () => {
    const [masks, told] = await run(join(out, `app.${ending}`), PHOTO);
    expect(masks).toBe('2 masks');
    expect(told).toMatch(
      /^InputError E_FILE: efficientnet-lite\.onnx, a file of diffcut, could not be read \(.*\): .* call setAssets with its folder$/,
    );
  });

  it('it segments with the files that it is given, in a worker too', async () => {
    const assets = join(out, 'assets');
    await mkdir(assets);
    await copyFile(join(ROOT, 'assets', ASSET), join(assets, ASSET));
    expect(await run(join(out, `app.${ending}`), PHOTO, assets)).toEqual(SEGMENTED);
    expect((await run(join(out, `app.${ending}`), PHOTO, assets, 'worker'))[1]).toMatch(/^InputError E_OPTION: There is no file for a worker here/);
    await copyFile(join(out, `worker.${ending}`), join(assets, 'worker.js'));
    expect(await run(join(out, `app.${ending}`), PHOTO, assets, 'worker')).toEqual(SEGMENTED);
  });
});

interface ForServer {
  output: webpack.Configuration['output'] & { filename: string };
  outputModule?: boolean;
  /** How `new URL` becomes the path of a file. */
  url?: 'relative';
}

const bundleForServer = ({ output, outputModule = false, url }: ForServer): Promise<void> =>
  new Promise((resolve, reject) => {
    const config: webpack.Configuration = {
      mode: 'development',
      devtool: false,
      target: 'node20',
      entry: { app: APP },
      context: join(ROOT, 'test/bundlers'),
      externalsPresets: { node: true },
      externals: Object.fromEntries(EXTERNAL.map((name) => [name, `import ${name}`])),
      output: { path: join(folder, 'webpack'), ...output },
      experiments: { outputModule },
      ...(url && { module: { parser: { javascript: { url } } } }),
    };
    webpack(config, (error, stats) => {
      const problem = error ?? (stats?.hasErrors() ? new Error(stats.toString('errors-only')) : undefined);
      problem ? reject(problem) : resolve();
    });
  });

const COMMONJS = { filename: 'app.cjs', library: { type: 'commonjs2' } };

describe('bundled by webpack for a server', () => {
  it.each<[string, ForServer]>([
    ['commonjs', { output: COMMONJS }],
    ['module', { output: { filename: 'app.mjs', module: true }, outputModule: true }],
  ])('it segments: the files of the package come along: %s', async (_, settings) => {
    await bundleForServer(settings);
    expect(await run(join(folder, 'webpack', settings.output.filename), PHOTO)).toEqual(SEGMENTED);
  });

  // Next does so for a server too, where such a path leads nowhere; hence serverExternalPackages in the README.
  it('it says what to do where files only have a path on the site', async () => {
    await bundleForServer({ output: { ...COMMONJS, filename: 'next.cjs', publicPath: '/_next/' }, url: 'relative' });
    const app = join(folder, 'webpack/next.cjs');
    expect((await run(app, PHOTO))[1]).toMatch(
      /^InputError E_FILE: efficientnet-lite\.onnx, a file of diffcut, .*: keep diffcut out of the bundle, or /,
    );
    expect(await run(app, PHOTO, join(ROOT, 'assets'))).toEqual(SEGMENTED);
  });
});
