import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { PATCH, TINY_JSON, type TinyOnnx, tinyOnnx, weightOf } from '../../../test/tiny-onnx.ts';
import { InputError } from '../../errors.ts';
import { blobFiles, type ModelFiles } from '../../files/source.ts';
import { openSession as openInBrowser } from '../../runtime/session-web.ts';
import type { FeatureMap, RgbImage } from '../../types.ts';
import type { Encoder } from '../encoder.ts';
import { describeEncoder, openEncoder } from '../open.ts';
import { readModel } from './file.ts';

/** A JSON that no walk by recursion survives. */
const DEEP = `{"licence":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
const temporary = mkdtempSync(join(tmpdir(), 'diffcut onnx ü-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

type Options = Parameters<typeof openEncoder>[1];
type Json = Record<string, unknown>;
const CPU = { device: 'cpu', threads: 1 } as const;
const ANY = [1, 3, 'height', 'width'] as const;

const blob = (content: Uint8Array | string): Blob => new Blob([content as Uint8Array<ArrayBuffer> | string]);
/** As a page has them. */
const filesOf = (graph: TinyOnnx = {}, json: Json = {}, more: Record<string, Blob> = {}): ModelFiles =>
  blobFiles('mine', { 'my.onnx': blob(tinyOnnx(graph)), 'my.json': blob(JSON.stringify({ ...TINY_JSON, ...json })), ...more });

/** On disk, in a folder of their own. @returns the path of the ONNX file */
const pathOf = (files: Record<string, Uint8Array | string>, name = 'my.onnx'): string => {
  const folder = mkdtempSync(join(temporary, 'folder-'));
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return join(folder, name);
};
const JSON_TEXT = JSON.stringify(TINY_JSON);

/** Each patch of one colour, none like another. */
const patches = (columns: number, rows: number): RgbImage => {
  const [width, height] = [columns * PATCH, rows * PATCH];
  const colour = (x: number, y: number): number[] => [10 * x, 20 * y, 100 + x + y];
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return colour(Math.floor((pixel % width) / PATCH), Math.floor(pixel / width / PATCH))[i % 3];
  });
  return { data, width, height };
};
/** What the tiny networks give for them. */
const featuresOf = (columns: number, rows: number): number[] =>
  Array.from({ length: columns * rows }, (_, i) => {
    const [x, y] = [i % columns, Math.floor(i / columns)];
    return [10 * x, 20 * y, 100 + x + y].map((value, c) => (value / 255 - TINY_JSON.mean[c]) / TINY_JSON.deviation[c]);
  }).flat();

const withEncoder = async <T>(encoder: string | ModelFiles, options: Options, use: (opened: Encoder) => Promise<T>): Promise<T> => {
  const opened = await openEncoder(encoder, { ...CPU, ...options });
  try {
    return await use(opened);
  } finally {
    await opened.dispose();
  }
};
const encode = (encoder: string | ModelFiles, picture = patches(4, 4), options: Options = {}): Promise<FeatureMap> =>
  withEncoder(encoder, options, (opened) => opened.encode(picture));

const expectPatches = (map: FeatureMap, columns: number, rows: number, scale = 1): void => {
  expect([map.width, map.height, map.channels, map.data.length]).toEqual([columns, rows, 3, columns * rows * 3]);
  const wanted = featuresOf(columns, rows);
  for (const [i, value] of map.data.entries()) expect(value).toBeCloseTo(scale * wanted[i], 4);
};

const refused = async (work: Promise<unknown>, message: RegExp): Promise<void> => {
  const error = await work.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).not.toContain('\n');
};

const LAYOUTS = ['tokens', 'channels-first', 'channels-last'] as const;

describe('an ONNX file of your own', () => {
  it.each(LAYOUTS)('gives the same grid from the layout %s', async (layout) => {
    expectPatches(await encode(filesOf({ layout }, { layout })), 4, 4);
  });

  it('gives tokens with or without a leading 1', async () => {
    expectPatches(await encode(filesOf({ bare: true })), 4, 4);
  });

  it('gives tokens without those before the patches', async () => {
    expectPatches(await encode(filesOf({ prefix: 5 }, { prefix: 5 })), 4, 4);
  });

  it.each(LAYOUTS)('takes wide pictures with the layout %s', async (layout) => {
    expectPatches(await encode(filesOf({ layout, dims: [1, 3, 32, 48] }, { layout, size: [48, 32] }), patches(6, 4)), 6, 4);
  });

  it('is found by its name on disk, where only it and its JSON are looked at', async () => {
    const path = pathOf({ 'my.onnx': tinyOnnx(), 'my.json': JSON_TEXT, 'other.onnx': 'x', 'config.json': 'x' });
    expectPatches(await encode(path), 4, 4);
    expectPatches(await encode(pathOf({ 'My.ONNX': tinyOnnx(), 'My.json': JSON_TEXT }, 'My.ONNX')), 4, 4);
  });

  it('is found as the only one of a folder, and by its name where files cannot be listed', async () => {
    expectPatches(await encode(pathOf({ 'my.onnx': tinyOnnx(), 'my.json': JSON_TEXT }, '.')), 4, 4);
    const { open } = filesOf();
    expectPatches(await encode({ name: 'https://example.org/my.onnx', open }), 4, 4);
  });

  it('takes the named input and output, and the first where none is named', async () => {
    const graph = { input: { name: 'pixels' }, output: { name: 'out.1' }, more: { output: 'first' } };
    expectPatches(await encode(filesOf(graph, { input: 'pixels', output: 'out.1' })), 4, 4);
    await refused(encode(filesOf(graph)), /^my\.onnx gives 1x3x32x32, and the layout "tokens" of my\.json is 1 x tokens x channels$/);
  });

  it('may take values of 0 to 255', async () => {
    const { data } = await encode(filesOf({}, { mean: [0, 0, 0], deviation: [1, 1, 1].map((v) => v / 255) }));
    const wanted = featuresOf(4, 4).map((value, i) => 255 * (value * TINY_JSON.deviation[i % 3] + TINY_JSON.mean[i % 3]));
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(wanted[i], 3);
  });

  it('may say little of its shapes', async () => {
    expectPatches(await encode(filesOf({ dims: ['a', 'b', 'c', 'd'] })), 4, 4);
  });

  it('goes together with others', async () => {
    const path = pathOf({ 'my.onnx': tinyOnnx(), 'my.json': JSON_TEXT });
    const { channels } = await encode(`${path}+${path}:2`);
    expect(channels).toBe(6);
    await refused(openEncoder(`${path}+none.onnx`), /^There is no file "none\.onnx": check the path$/);
  });
});

describe('its row', () => {
  it('has the name of the file, and the alpha and tau of the paper', async () => {
    const path = pathOf({ 'my.onnx': tinyOnnx(), 'my.json': JSON_TEXT });
    const row = { name: 'my.onnx', kind: 'onnx', size: 32, sizes: 'refused', gridStep: 8, alpha: 10, tau: 0.5, parity: false, licence: "the file's" };
    expect(await describeEncoder(path)).toMatchObject({ ...row, note: expect.stringMatching(/not tuned/) });
    await withEncoder(path, {}, async (opened) => expect(opened).toMatchObject({ name: 'my.onnx', device: 'cpu', row }));
  });

  it('has what the JSON says', async () => {
    const json = JSON.stringify({ ...TINY_JSON, alpha: 4, tau: 0.7, licence: 'MIT', multiple: 8, size: [128, 32], _comment: 'of mine' });
    expect(await describeEncoder(pathOf({ 'my.onnx': tinyOnnx(), 'my.json': json }))).toMatchObject({
      ...{ alpha: 4, tau: 0.7, licence: 'MIT', size: 64, multiple: 8, sizes: 'cut' },
      note: expect.stringMatching(/those of its JSON/),
    });
  });
});

describe('sizes', () => {
  it('of a file that takes one are refused but for that one', async () => {
    expectPatches(await encode(filesOf(), patches(4, 4), { size: [32, 32], keepRatio: false }), 4, 4);
    await refused(
      openEncoder(filesOf(), { size: 64 }),
      /^mine takes pictures of 32x32 pixels only, not 64x64: leave --size out, or export .*"multiple"/,
    );
    await refused(openEncoder(filesOf(), { keepRatio: true }), /^mine takes pictures of 32x32 pixels only: leave --keep-ratio out$/);
  });

  it('may be any where the file takes any, and what is left beside whole patches is cut', async () => {
    const files = filesOf({ dims: ANY }, { multiple: PATCH });
    expectPatches(await encode(files, patches(4, 4)), 4, 4);
    expectPatches(await encode(files, patches(9, 5), { size: [72, 40] }), 9, 5);
    const wide = patches(9, 5);
    const whole = patches(8, 4);
    // The rows and columns that are cut are within the picture, so that nothing is scaled.
    const odd = cropOf(wide, whole.width + 3, whole.height + 7);
    await withEncoder(files, { size: [odd.width, odd.height] }, async (opened) => {
      expect(opened.inputSize(odd)).toEqual([67, 39]);
      expectPatches(await opened.encode(odd), 8, 4);
    });
    await refused(
      openEncoder(filesOf({ dims: ANY }, { multiple: 2, size: 64, patch: 40 }), { size: 32 }),
      /^mine has patches of 40 pixels: .*than 32x32$/,
    );
  });

  it('keep the ratio of the picture where asked', async () => {
    await withEncoder(filesOf({ dims: ANY }, { multiple: PATCH }), { size: 64, keepRatio: true }, async (opened) => {
      expect(opened.inputSize({ width: 400, height: 100 })).toEqual([128, 32]);
      expect(await opened.encode(patches(16, 4))).toMatchObject({ width: 16, height: 4 });
    });
  });

  it('are shrunk or stretched where more than a patch would be cut', async () => {
    await withEncoder(filesOf({ dims: ANY }, { multiple: 32 }), { size: 70 }, async (opened) => {
      expect(opened.inputSize(patches(8, 8))).toEqual([64, 64]);
      expectPatches(await opened.encode(patches(8, 8)), 8, 8);
    });
  });

  it('are the one of the JSON where the file would take any and no multiple is told', async () => {
    expectPatches(await encode(filesOf({ dims: ANY })), 4, 4);
    await refused(openEncoder(filesOf({ dims: ANY }), { size: 64 }), /only, not 64x64/);
  });
});

const cropOf = ({ data, width }: RgbImage, w: number, h: number): RgbImage => ({
  data: Uint8Array.from({ length: 3 * w * h }, (_, i) => data[(Math.floor(i / 3 / w) * width + (Math.floor(i / 3) % w)) * 3 + (i % 3)]),
  width: w,
  height: h,
});

describe('weights in a file of their own', () => {
  const location = 'my.onnx.data';

  it('are read beside the file, whatever its folder is called', async () => {
    expectPatches(await encode(pathOf({ 'my.onnx': tinyOnnx({ location }), 'my.json': JSON_TEXT, [location]: weightOf(2) })), 4, 4, 2);
  });

  it('may have a folder of their own', async () => {
    const path = pathOf({ 'my.onnx': tinyOnnx({ location: './deep/weights' }), 'my.json': JSON_TEXT });
    mkdirSync(join(path, '..', 'deep'));
    writeFileSync(join(path, '..', 'deep', 'weights'), weightOf(3));
    expectPatches(await encode(path), 4, 4, 3);
  });

  it.skipIf(process.platform === 'win32')('are found through links, to the file or to all of them under other names', async () => {
    const real = pathOf({ 'my.onnx': tinyOnnx({ location }), 'my.json': JSON_TEXT, [location]: weightOf(2) });
    const link = join(mkdtempSync(join(temporary, 'links-')), 'my.onnx');
    symlinkSync(real, link);
    expectPatches(await encode(link), 4, 4, 2);
    const blobs = pathOf({ 0: tinyOnnx({ location }), 1: JSON_TEXT, 2: weightOf(5) }, '');
    const folder = mkdtempSync(join(temporary, 'snapshot-'));
    for (const [i, name] of ['my.onnx', 'my.json', location].entries()) symlinkSync(join(blobs, String(i)), join(folder, name));
    expectPatches(await encode(join(folder, 'my.onnx')), 4, 4, 5);
  });

  it.each([location, 'deep/weights'])('may be Blobs, and in a browser too: %s', async (name) => {
    const files = filesOf({ location: name }, {}, { [name]: blob(weightOf(2)) });
    expectPatches(await encode(files), 4, 4, 2);
    const session = await openInBrowser(await readModel(files, 'my.onnx'), { device: 'cpu' });
    expect(session.inputs).toEqual([{ name: 'picture', type: 'float32', dims: [1, 3, 32, 32] }]);
    expect(session.outputs).toEqual([{ name: 'features', type: 'float32', dims: [1, 16, 3] }]);
    const { features } = await session.run({ picture: { data: new Float32Array(3 * 32 * 32).fill(1), dims: [1, 3, 32, 32] } });
    await session.dispose();
    expect([...features.data]).toEqual(Array(48).fill(2));
  });

  it('that are missing, or not inside the folder, are told', async () => {
    await refused(openEncoder(filesOf({ location })), /^my\.onnx has its weights in "my\.onnx\.data", which is not beside it: put that file there/);
    await refused(openEncoder(filesOf({ location: '../secret' })), /"\.\.\/secret" is not a path inside the model's folder/);
    await refused(openEncoder(filesOf({ location: '/etc/passwd' })), /"\/etc\/passwd" is not a path inside/);
    const hidden = new BinaryWriter().tag(7, 2).fork().tag(15, 2).fork().tag(1, 2).fork().tag(13, 2).fork();
    hidden.tag(1, 2).string('location').tag(2, 2).string('../../etc/passwd').join().join().join().join();
    const sparse = new Uint8Array([...tinyOnnx(), ...hidden.finish()]);
    await refused(openEncoder(pathOf({ 'my.onnx': sparse, 'my.json': JSON_TEXT })), /"\.\.\/\.\.\/etc\/passwd" is not a path inside/);
    await refused(openEncoder(filesOf({ location }, {}, { [location]: blob('short') }), CPU), /^Could not load the model on cpu \(cpu: /);
  });
});

describe('what the graph says', () => {
  const NHWC = [1, 32, 32, 3];
  it.each<[string, TinyOnnx, Json, RegExp]>([
    ['another size', { dims: [1, 3, 24, 40] }, {}, /^my\.onnx takes pictures of 40x24 pixels, and my\.json says 32x32$/],
    ['one other side', { dims: [1, 3, 'h', 40] }, {}, /^my\.onnx takes pictures of 40x\? pixels, and my\.json says 32x32$/],
    [
      'one size where the JSON has a multiple',
      {},
      { multiple: 8 },
      /^my\.onnx takes pictures of 32x32 pixels only: leave "multiple" out of my\.json$/,
    ],
    ['several pictures', { dims: [2, 3, 32, 32] }, {}, /^my\.onnx takes 2x3x32x32 as its input "picture": .* 1 x 3 x height x width$/],
    ['one channel', { dims: [1, 1, 32, 32], layout: 'channels-first' }, {}, /^my\.onnx takes 1x1x32x32/],
    ['channels last', { dims: NHWC, layout: 'channels-first' }, {}, /^my\.onnx takes 1x32x32x3/],
    ['halves', { input: { element: 'float16' } }, {}, /^my\.onnx has float16 as its input "picture": export it with float32 there$/],
    ['whole numbers', { input: { element: 'int64' } }, {}, /^my\.onnx has int64 as its input "picture"/],
    ['halves that come out', { output: { element: 'float16' } }, {}, /^my\.onnx has float16 as its output "features"/],
    ['two inputs', { more: { input: 'mask' } }, {}, /^my\.onnx wants "mask" besides the picture: export it with the picture as its only input$/],
    ['another input', {}, { input: 'pictures' }, /^Unknown input of my\.onnx "pictures": did you mean "picture"\?$/],
    ['another output', {}, { output: 'x' }, /^Unknown output of my\.onnx "x"\. Known: features$/],
  ])('is held against the JSON: %s', async (_, graph, json, message) => {
    await refused(openEncoder(filesOf(graph, json), CPU), message);
  });

  const CLS = /^my\.onnx gives 17 tokens, and by my\.json it would be 16 \(32x32 pixels .* 4x4, and 0 before them\): check size, patch and prefix$/;
  const FLAT = /^my\.onnx gives 1x16x3, and the layout "channels-first" of my\.json is 1 x channels x height x width$/;
  const GRID = /^my\.onnx gives a grid of 4x4, and by my\.json \(32x32 pixels with patches of 16\) it would be 2x2$/;
  it.each<[string, TinyOnnx, Json, RegExp]>([
    ['tokens before the patches', { prefix: 1 }, {}, CLS],
    ['another layout', {}, { layout: 'channels-first' }, FLAT],
    ['another patch', { layout: 'channels-first' }, { layout: 'channels-first', patch: 16 }, GRID],
  ])('of what it gives is checked when it is opened, or at the first picture where it takes any: %s', async (_, graph, json, message) => {
    await refused(openEncoder(filesOf(graph, json), CPU), message);
    await withEncoder(filesOf({ ...graph, dims: ANY }, json), {}, (opened) => refused(opened.encode(patches(4, 4)), message));
  });

  it('may be rounded either way where patches do not fit', async () => {
    const graph = { layout: 'channels-last' } as const;
    for (const patch of [7, 9, 8.5]) expect(await encode(filesOf(graph, { ...graph, patch }))).toMatchObject({ width: 4, height: 4 });
    expect(await encode(filesOf({}, { patch: 7 }))).toMatchObject({ width: 4, height: 4 }); // tokens are of whole patches
  });

  it('may turn out wrong in a run', async () => {
    const files = filesOf({ dims: ANY, places: 16 }, { multiple: PATCH });
    await withEncoder(files, { size: 48 }, async (opened) => {
      await refused(opened.encode(patches(6, 6)), /^my\.onnx failed on 48x48 pixels, which my\.json says that it takes \(.*\)$/);
    });
    const small = filesOf({ dims: ANY }, { multiple: 2, patch: 2 });
    await withEncoder(small, { size: 32 }, (opened) => refused(opened.encode(patches(4, 4)), /gives 16 tokens, and by my\.json it would be 256/));
  });

  it('is given back where it does not fit', async () => {
    const release = vi.spyOn((InferenceSession as unknown as { prototype: InferenceSession }).prototype, 'release');
    await refused(openEncoder(filesOf({ dims: [2, 3, 32, 32] }), CPU), /it has to take one picture/);
    expect(release).toHaveBeenCalledTimes(1);
    release.mockRestore();
  });
});

describe('a JSON', () => {
  it.each<[string, Json, RegExp]>([
    ['an unknown key', { meen: [0, 0, 0] }, /^my\.json has the key "meen" \(\[0,0,0\]\), which is not supported; "mean" is$/],
    ['no size', { size: null }, /^my\.json has no "size": it has to tell at least size, patch, mean, deviation, such as \{ "size": 224/],
    ['nothing', { size: null, patch: null, mean: null, deviation: null }, /^my\.json has no "size", "patch", "mean", "deviation": /],
    [
      'a size of text',
      { size: '32' },
      /^my\.json has "size": "32", which is not supported: it may be a whole number or \[width, height\] from 32 to 4096$/,
    ],
    ['a size of three', { size: [32, 32, 3] }, /"size": \[32,32,3\], which is not/],
    ['a size below 0', { size: -32 }, /"size": -32/],
    ['a patch of 0', { patch: 0 }, /"patch": 0, .* a number above 0$/],
    ['a patch larger than the picture', { patch: 33 }, /^my\.json has patches of 33 pixels, and a size of only 32x32$/],
    ['a size that is no multiple', { multiple: 24 }, /^my\.json has the size 32x32, which is not a multiple of 24 as its "multiple" says$/],
    ['a multiple of 1.5', { multiple: 1.5 }, /"multiple": 1\.5/],
    ['an unknown layout', { layout: 'nchw' }, /"layout": "nchw", .*"tokens" or "channels-first" or "channels-last"$/],
    ['a prefix below 0', { prefix: -1 }, /"prefix": -1/],
    [
      'a prefix before a map',
      { prefix: 1, layout: 'channels-first' },
      /^my\.json has "prefix": 1, which goes with the layout "tokens", not "channels-first"$/,
    ],
    ['one mean', { mean: 0.5 }, /"mean": 0\.5, .* a list of three numbers, for red, green and blue of 0 to 1$/],
    ['means of text', { mean: ['0', '0', '0'] }, /"mean": /],
    ['a deviation of 0', { deviation: [1, 0, 1] }, /"deviation": \[1,0,1\], .* three numbers above 0/],
    ['an alpha out of range', { alpha: 100 }, /"alpha": 100, .* from 0\.1 to 50$/],
    ['a tau out of range', { tau: 'high' }, /"tau": "high", .* from 0 to 2$/],
    ['an input without a name', { input: '' }, /"input": "", .* a text$/],
    ['a prototype', JSON.parse('{"__proto__x": 1, "constructor": 2}'), /the key "constructor"/],
  ])('with %s is refused', async (_, json, message) => {
    await refused(openEncoder(filesOf({}, json)), message);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{ "size": 32, }', /my\.json" is not JSON \(.*\): get the file again$/],
    ['cut short', '{', /my\.json" is not JSON/],
    ['null', 'null', /my\.json" holds no JSON object/],
    ['20,000 deep', DEEP, /my\.json" is not JSON \(nested more than 100 levels deep\)/],
    ['a list', '[32]', /my\.json" holds no JSON object/],
    ['an empty file', '', /my\.json" is not JSON/],
  ])('that is %s is refused', async (_, text, message) => {
    await refused(openEncoder(pathOf({ 'my.onnx': tinyOnnx(), 'my.json': text })), message);
  });

  it('that is missing is shown', async () => {
    const message = /^my\.onnx needs my\.json beside it, which tells how pictures go in, such as \{ "size": 224, .* \}: see docs\/models\.md$/;
    const path = pathOf({ 'my.onnx': tinyOnnx(), 'other.json': JSON_TEXT });
    await refused(openEncoder(path), message);
    await refused(describeEncoder(path), message);
    await refused(openEncoder(blobFiles('mine', { 'my.onnx': blob('') })), message);
  });
});

describe('what is no ONNX file', () => {
  const open = (content: Uint8Array | string) => openEncoder(pathOf({ 'my.onnx': content, 'my.json': JSON_TEXT }), CPU);

  it.each<[string, Uint8Array | string]>([
    ['a text', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n'],
    ['zeros', new Uint8Array(100)],
    ['half of one', tinyOnnx().subarray(0, 200)],
    ['nothing', ''],
  ])('is told: %s', async (_, content) => {
    await refused(open(content), /^my\.onnx is no ONNX file \(.*\): get it again$/);
  });

  it('is told where it is not there', async () => {
    await refused(openEncoder(join(temporary, 'none.onnx')), /^There is no file ".*none\.onnx": check the path$/);
    await refused(describeEncoder('none.onnx'), /^There is no file "none\.onnx": check the path$/);
  });

  it('is told where there are two', async () => {
    const files = blobFiles('mine', { 'a.onnx': blob(''), 'b.onnx': blob('') });
    await refused(openEncoder(files), /^mine has 2 ONNX files \(a\.onnx, b\.onnx\): give one of them$/);
  });

  it('takes no option of other encoders', async () => {
    await refused(openEncoder(filesOf(), { layer: -2 }), /^The encoder mine takes no layer: it is of vision transformers$/);
  });
});
