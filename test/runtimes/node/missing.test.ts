/** Systems where a native library does not load, as onnxruntime's on Alpine: what needs it not works, the rest says what to do. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../../src/tensor/npy.ts';
import { ROOT, requireBuild } from '../built.ts';
import { stripes } from '../stripes.ts';

const MAIN = join(ROOT, 'dist/cli/main.js');
const INDEX = JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href);
const PHOTO = join(ROOT, 'photos/rocket.jpg');

let folder: string;
beforeAll(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'diffcut-missing-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Refuses a binary as musl's loader does; in every process that inherits the environment, workers among them. */
const refuseBinary = (name: string): string => `
  const { dlopen } = process;
  process.dlopen = (module, file, ...rest) => {
    if (file.includes(${JSON.stringify(name)}))
      throw Object.assign(new Error('Error loading shared library ld-linux-x86-64.so.2: No such file or directory\\nof a hook'), { code: 'ERR_DLOPEN_FAILED' });
    return dlopen.call(process, module, file, ...rest);
  };`;

/** As where a package is not installed. */
const refusePackage = (name: string): string => {
  const hook = `export const resolve = (specifier, context, next) => {
    if (specifier === ${JSON.stringify(name)}) throw Object.assign(new Error('Cannot find package ' + specifier), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(specifier, context);
  };`;
  return `require('node:module').register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
};

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** @param name of the hooks' file @param hooks what every process runs first */
const runner = (name: string, ...hooks: string[]) => {
  beforeAll(() => writeFile(join(folder, `${name}.cjs`), hooks.join('\n')));
  return (...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const env = { ...process.env, NODE_OPTIONS: `--require ${JSON.stringify(join(folder, `${name}.cjs`))}` };
      execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
};

const script = (...lines: string[]): string[] => ['--input-type=module', '-e', [`const diffcut = await import(${INDEX});`, ...lines].join('\n')];
const OPEN = (options: object): string =>
  `await diffcut.openEncoder('embedded', ${JSON.stringify({ size: 64, ...options })}).then((e) => (console.log(e.device), e.dispose()), (e) => console.log(e.name, e.code, e.message))`;

describe("where onnxruntime's binary does not load", () => {
  const run = runner('binary', refuseBinary('onnxruntime'));

  it('what needs no encoder works', async () => {
    const { data, height, width, channels } = stripes();
    await writeFile(join(folder, 'features.npy'), writeNpy(data, [height, width, channels]));
    for (const args of [['--version'], ['--help'], ['models', 'list'], ['partition', 'features.npy', '-o', 'labels.npy']]) {
      expect(await run(MAIN, ...args), args.join(' ')).toMatchObject({ code: 0 });
    }
    const { stdout } = await run(...script('console.log(typeof diffcut.segment, typeof diffcut.encodeAllRles)'));
    expect(stdout).toBe('function function\n');
  });

  it('the command line goes on as WebAssembly and says so, once', async () => {
    const { code, stderr } = await run(MAIN, 'segment', PHOTO, PHOTO.replace('rocket', 'coffee'), '--size', '96', '-o', 'out');
    expect(stderr.match(/embedded runs on WebAssembly/g)).toHaveLength(1);
    expect(code).toBe(0);
    expect(await readdir(join(folder, 'out'))).toContain('rocket.png');
  });

  it.each([{ worker: true }, { worker: false }, { device: 'cpu' }])('the library does, and its device tells: %o', async (options) => {
    expect((await run(...script(OPEN(options)))).stdout).toBe('wasm\n');
  });

  it('another device that was asked for is refused in a sentence', async () => {
    const { stdout } = await run(...script(OPEN({ device: 'cuda' })));
    expect(stdout).toMatch(
      /^InputError E_DEVICE onnxruntime's binary does not load on \S+ \(Error loading shared .*\): .*install onnxruntime-web.*\n$/,
    );
  });
});

describe('where there is neither build of onnxruntime', () => {
  const run = runner('neither', refuseBinary('onnxruntime'), refusePackage('onnxruntime-web'));

  it('one sentence says what to do', async () => {
    const { code, stderr } = await run(MAIN, 'segment', PHOTO, '-o', 'none');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^diffcut: onnxruntime's binary does not load on \S+ \(Error loading shared [^\n]*\): [^\n]*install onnxruntime-web[^\n]*\n$/,
    );
    const { stdout } = await run(...script(OPEN({ device: 'wasm' })));
    expect(stdout).toMatch(/^InputError E_DEVICE onnxruntime-web does not load \(Cannot find package onnxruntime-web\): install it beside diffcut/);
  });
});

describe("where sharp's binary does not load", () => {
  const run = runner('sharp', refuseBinary('sharp'));

  it('pixels are segmented, and a file is refused in one sentence', async () => {
    const picture = '{ data: new Uint8Array(3 * 64 * 64), width: 64, height: 64 }';
    const { stdout } = await run(
      ...script(`console.log((await diffcut.segment(${picture}, { encoder: await diffcut.openEncoder('embedded', { size: 64 }) })).segments.length)`),
    );
    expect(stdout).toBe('1\n');
    const { code, stderr } = await run(MAIN, 'segment', PHOTO, '-o', 'unread');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Pictures cannot be read or written, since sharp does not load here \([^\n]*\): run "npm install --include=optional sharp" on this system/,
    );
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
