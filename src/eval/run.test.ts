import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Analysis, type AskedGranularity, type CutTree, type LabelMap, MODELS, type RgbImage } from '../toolkit.ts';
import type { Stages } from './measure.ts';
import { reportJson, reportText } from './report/evaluation.ts';
import { evaluate } from './run.ts';
import type { EvaluateOptions } from './settings.ts';

const SIDE = 17;

/** A picture file is its grey value: below it the upper half; a mask file is its two values, above and below. */
const halves = (above: number, below: number): LabelMap => ({
  data: Int32Array.from({ length: SIDE * SIDE }, (_, p) => (p < 8 * SIDE ? above : below)),
  width: SIDE,
  height: SIDE,
});

let folder = '';
let calls: string[] = [];

const tree = {} as CutTree;
const coarse = { data: Int32Array.of(0, 1), width: 1, height: 2 };

const stages: Stages = {
  DEFAULT_ENCODER: 'embedded',
  decodeImage: async (path) => {
    if (!/^\d+$/.test(await readFile(String(path), 'utf8'))) throw new Error(`${path} is not a picture`);
    return { data: new Uint8Array(SIDE * SIDE * 3), width: SIDE, height: SIDE };
  },
  decodeLabelPng: (bytes) => {
    const [above, below] = Buffer.from(bytes).toString().split(' ').map(Number);
    return below === undefined ? { ...halves(0, 0), width: 1, height: SIDE * SIDE } : halves(above, below);
  },
  openEncoder: async (name, options) => {
    calls.push(`open ${String(name)} ${JSON.stringify(options)}`);
    return {
      name: String(name),
      device: 'cpu',
      row: { ...MODELS[0], solver: 'ncut', alpha: 3, protocolPrice: 0.05 },
      inputSize: () => [16, 16],
      encode: async ({ width }: RgbImage) => {
        calls.push(`encode ${width}`);
        return { data: new Float32Array(2), width: 1, height: 2, channels: 1 };
      },
      dispose: async () => {
        calls.push('dispose');
      },
    };
  },
  partition: async (_, { alpha, tau } = {}) => {
    calls.push(`partition ${alpha} ${tau}`);
    return { labels: coarse, tree };
  },
  cut: async (_tree, _features, granularity) => {
    calls.push(`cut ${JSON.stringify(granularity)}`);
    return coarse;
  },
  assign: async (_labels, _features, { width, height }) => ({
    data: Int32Array.from({ length: width * height }, (_, p) => (p < (width * height) / 2 ? 0 : 1)),
    width,
    height,
  }),
  refine: async (labels, image, { iterations, dilations } = {}) => {
    calls.push(`refine ${image.data.constructor.name} ${image.width} ${iterations};${dilations}`);
    return labels;
  },
  analyse: async (image, { solver, alpha, tau, price, encoder } = {}) => {
    calls.push(`analyse ${solver} ${alpha} ${tau} ${price} ${typeof encoder === 'object' && encoder.row.parity}`);
    return { picture: image } as Analysis;
  },
  /** Halves, or a single segment where one more is not worth its price. */
  draw: async ({ picture: { width, height } }, asked = {}, { refine } = {}) => {
    const { tau, price, ease, join } = asked as AskedGranularity;
    calls.push(`draw ${tau} ${price} ${ease} ${join} ${refine}`);
    const upper = price !== undefined && price > 0.1 ? 0 : width * Math.floor(height / 2);
    return { data: Int32Array.from({ length: width * height }, (_, p) => (p < upper ? 0 : 1)), width, height, lost: 0 };
  },
  writeNpy: (data, shape) => Buffer.from(`${shape} ${data[0]}`),
};

const at = (...names: string[]): string => join(folder, ...names);
const run = (options: Partial<EvaluateOptions> = {}, given = stages) =>
  evaluate({ dataset: 'folder', images: at('i'), masks: at('m'), classes: 3, ...options }, given);
const ledgerLines = async (): Promise<string[]> => (await readFile(at('l'), 'utf8')).trimEnd().split('\n');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut eval '));
  calls = [];
  await mkdir(at('i'));
  await mkdir(at('m'));
  for (const [id, mask] of Object.entries({ a: '0 1', b: '1 2', 'c ü': '2 255' })) {
    await writeFile(at('i', `${id}.jpg`), '1');
    await writeFile(at('m', `${id}.png`), mask);
  }
});
afterEach(() => rm(folder, { recursive: true }));

describe('evaluate', () => {
  it('scores a set with the encoder’s own settings', async () => {
    const result = await run();
    expect(calls).toEqual([
      'open embedded {}',
      ...Array.from({ length: 3 }, () => [
        'encode 16',
        'partition 3 0.75',
        'cut {"price":0.05,"ease":0.4,"join":0}',
        'refine Float32Array 128 10;1,2,4,8',
      ]).flat(),
      'dispose',
    ]);
    expect(reportJson(result)).toMatchObject({ mIoU: 100, pixelAccuracy: 100, segmentsPerPicture: 2, pictures: 3, failed: [] });
    expect(reportJson(result)).toMatchObject({ objects: { count: 5, bestSegment: 100, union: 100 } });
    expect(reportText(result)).toMatch(
      /mIoU\s+100\.0 %[\s\S]*DiffCut protocol, 128x128, PAMR 10;1,2,4,8, no background[\s\S]*embedded, solver ncut, alpha 3, price 0\.05, ease 0\.4, join 0, parity false, refine pamr/,
    );
  });

  it('prunes a loose tree where a price is given, and leaves refinement out', async () => {
    await run({ price: 0.04, alpha: 10, refine: 'none', limit: 1, size: 640, threads: 2 });
    expect(calls).toEqual([
      'open embedded {"size":640,"threads":2}',
      'encode 16',
      'partition 10 0.75',
      'cut {"price":0.04,"ease":0.4,"join":0}',
      'dispose',
    ]);
  });

  it('cuts at tau where that is given', async () => {
    await run({ tau: 0.4, limit: 1 });
    expect(calls.slice(1, 3)).toEqual(['encode 16', 'partition 3 0.4']);
    expect(calls.join()).toMatch(/cut {"tau":0\.4}/);
  });

  it('reports a broken picture, leaves it out and goes on', async () => {
    await writeFile(at('i', 'a.jpg'), 'x');
    await writeFile(at('m', 'b.png'), '0 9');
    const told: (string | undefined)[] = [];
    const result = await run({ onPicture: (done, total, id, problem) => told.push(`${done}/${total} ${id} ${problem ?? 'fine'}`) });
    expect(result.pictures).toBe(1);
    expect(result.failed.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(told[0]).toMatch(/1\/3 a .*not a picture/);
    expect(told[1]).toMatch(/2\/3 b .*found 9/);
    expect(told[2]).toBe('3/3 c ü fine');
  });

  it('reports a mask of another size', async () => {
    await writeFile(at('m', 'a.png'), '0');
    expect((await run({ limit: 1 })).failed[0].problem).toMatch(/has 1 x 289 pixels, its picture 17 x 17/);
  });

  it('says what is undefined where nothing was scored', async () => {
    await writeFile(at('i', 'a.jpg'), 'x');
    const result = await run({ limit: 1 });
    expect(reportJson(result)).toMatchObject({ mIoU: null, segmentsPerPicture: null, pictures: 0 });
    expect(reportText(result)).toMatch(/mIoU\s+- %/);
  });

  it('saves each prediction whole', async () => {
    await run({ save: at('new', 'deep') });
    expect((await readdir(at('new', 'deep'))).sort()).toEqual(['a.npy', 'b.npy', 'c ü.npy']);
    expect(await readFile(at('new', 'deep', 'a.npy'), 'utf8')).toBe('128,128 0');
  });

  it('replaces no prediction that is there, unless that is asked for or it is the same', async () => {
    await mkdir(at('s'));
    await writeFile(at('s', 'b.npy'), 'mine');
    await expect(run({ save: at('s') })).rejects.toThrow(/b\.npy" exists: --overwrite replaces it/);
    expect(calls.filter((call) => call.startsWith('encode'))).toEqual([]); // before any work
    await expect(run({ save: at('s'), resume: at('l') })).rejects.toThrow(/b\.npy" exists/);
    expect(await readFile(at('s', 'b.npy'), 'utf8')).toBe('mine');
    await run({ save: at('s'), overwrite: true, durable: true });
    expect(await readFile(at('s', 'b.npy'), 'utf8')).toBe('128,128 0');
    await run({ save: at('s'), resume: at('new'), durable: true }); // a run that was cut off between the prediction and its line
    expect((await readdir(at('s'))).sort()).toEqual(['a.npy', 'b.npy', 'c ü.npy']);
  });

  it('takes pictures for files, whatever their folder is called', async () => {
    const given: unknown[] = [];
    const decodeImage: typeof stages.decodeImage = (path) => {
      given.push(path);
      return stages.decodeImage(path);
    };
    await run({ images: relative('.', at('i')) }, { ...stages, decodeImage });
    expect(given).toEqual(['a.jpg', 'b.jpg', 'c ü.jpg'].map((name) => at('i', name))); // http:/HOST/a.jpg would be an address
  });

  it('stops where the output cannot be written', async () => {
    await expect(run({ save: at('i', 'a.jpg') })).rejects.toThrow(/a\.jpg.*could not be written: a file is in its place/);
    await expect(run({ resume: at('nowhere', 'l') })).rejects.toThrow(/nowhere.*could not be written: its folder does not exist/);
    expect(calls.filter((call) => call === 'dispose')).toHaveLength(2);
  });

  it('resumes: finished pictures are not done again, half a line is', async () => {
    const whole = reportJson(await run({ resume: at('l') }));
    const text = await readFile(at('l'), 'utf8');
    await writeFile(at('l'), text.slice(0, -20));
    calls = [];
    const again = reportJson(await run({ resume: at('l') }));
    expect(again).toEqual({ ...whole, resumed: 2 });
    expect(calls.filter((call) => call.startsWith('encode'))).toHaveLength(1);
    expect(await readFile(at('l'), 'utf8')).toBe(text);
  });

  it('resumes nothing without the option, and no run with other settings', async () => {
    await run({ resume: at('l'), limit: 1 });
    expect((await run({ limit: 1 })).resumed).toBe(0);
    await expect(run({ resume: at('l'), tau: 0.6 })).rejects.toThrow(
      /made with other settings \(tau null, now 0\.6; price 0\.05, now null; ease 0\.4, now null; join 0, now null\)/,
    );
    expect((await run({ resume: at('l') })).resumed).toBe(1);
    expect(await ledgerLines()).toHaveLength(4);
  });

  it('does a resumed picture again where its saved prediction is missing', async () => {
    await run({ resume: at('l') });
    expect((await run({ resume: at('l'), save: at('s') })).resumed).toBe(0);
    expect((await run({ resume: at('l'), save: at('s') })).resumed).toBe(3);
  });

  it('ends at once when it is aborted, the finished pictures kept', async () => {
    const control = new AbortController();
    await expect(run({ resume: at('l'), signal: control.signal, onPicture: () => control.abort() })).rejects.toThrow(/abort/i);
    expect(await ledgerLines()).toHaveLength(2);
    expect(calls.at(-1)).toBe('dispose');
  });

  it('refuses options out of range before it opens anything', async () => {
    await expect(run({ tau: 0.5, price: 0.1 })).rejects.toThrow(/tau or price, not both/);
    await expect(run({ tau: 3 })).rejects.toThrow(/from 0 to 2 for tau/);
    await expect(run({ limit: 0 })).rejects.toThrow(/1 and up for limit/);
    await expect(run({ images: at('nowhere') })).rejects.toThrow(/nowhere" does not exist: check the path/);
    expect(calls).toEqual([]);
  });
});

describe('evaluate, drawn as segment does', () => {
  const drawn = (options: Partial<EvaluateOptions> = {}) => run({ refine: 'edges', ...options });

  it('scores the drawing of the square: objects at its own size, classes at 128 x 128', async () => {
    const result = await drawn({ save: at('s') });
    expect(calls.slice(1, -1)).toEqual(
      Array.from({ length: 3 }, () => ['analyse ncut 3 undefined 0.05 false', 'draw undefined 0.05 0.4 0 edges']).flat(),
    );
    expect(reportJson(result)).toMatchObject({ mIoU: 100, objects: { count: 5, bestSegment: 100, union: 100 } });
    expect(reportText(result)).toMatch(
      /best segment {4}100\.0 % IoU, mean over 5 objects, at the square's own size\n[\s\S]*drawn by edges at its own size, no PAMR/,
    );
    expect(await readFile(at('s', 'a.npy'), 'utf8')).toBe('128,128 0');
  });

  it('takes the granularity and the rule for zeros that were asked for', async () => {
    await drawn({ limit: 1, tau: 0.9, parity: true, alpha: 7 });
    expect(calls.slice(1, 3)).toEqual(['analyse ncut 7 0.9 undefined true', 'draw 0.9 undefined undefined undefined edges']);
  });

  it('asks the solver merge for what it has', async () => {
    await drawn({ limit: 1, solver: 'merge', price: 0.05, join: 0.06 });
    expect(calls.slice(1, 3)).toEqual(['analyse merge undefined undefined 0.05 false', 'draw undefined 0.05 0.4 0.06 edges']);
  });

  it('leaves the background out of the objects', async () => {
    expect(reportJson(await drawn({ background: 1 }))).toMatchObject({ objects: { count: 3 } });
    expect(reportJson(await run({ background: 1, refine: 'none' }))).toMatchObject({ objects: { count: 3 } });
  });

  it('resumes with its objects', async () => {
    const whole = reportJson(await drawn({ resume: at('l') }));
    expect(reportJson(await drawn({ resume: at('l') }))).toEqual({ ...whole, resumed: 3 });
  });
});

describe('evaluate, by a solver whose tree draws its segments itself', () => {
  it('hands the tree on', async () => {
    const own = { solver: 'diffseg', order: new Int32Array(1), cells: coarse } as unknown as CutTree;
    const drawnBy: unknown[] = [];
    await run(
      { solver: 'diffseg' },
      {
        ...stages,
        analyse: async (image) => ({ picture: image, tree: own }) as Analysis,
        assign: async (labels, features, given) => {
          drawnBy.push(given.tree);
          return stages.assign(labels, features, given);
        },
      },
    );
    expect(drawnBy).toEqual([own, own, own]);
  });
});

describe('evaluate, by annotators', () => {
  const people = (options: Partial<EvaluateOptions> = {}) => run({ dataset: 'bsds500', classes: undefined, ...options });

  beforeEach(async () => {
    for (const id of ['a', 'b', 'c ü']) await writeFile(at('m', `${id}_1.png`), '4 9');
  });

  it('runs segment with its defaults against all annotators', async () => {
    const result = await people();
    expect(calls.slice(1, -1)).toEqual(
      Array.from({ length: 3 }, () => ['analyse ncut 3 undefined 0.025 false', 'draw undefined 0.025 0.4 0 undefined']).flat(),
    );
    const best = { covering: 1, pri: 1, vi: 0, precision: 1, recall: 1, pieces: 1, slivers: 0, roughness: 0, borderLength: 1 };
    expect(reportJson(result)).toMatchObject({ ...best, segmentsPerPicture: 2, pictures: 3, settings: { refine: 'edges' } });
    expect(reportText(result)).toMatch(/covering {3}1\.000\nPRI {8}1\.000\nVI {9}0\.000 bits\nprecision {2}1\.000\nrecall {5}1\.000\n/);
    expect(reportText(result)).toMatch(
      /segments a picture: 2\.0; pictures: 3\nbsds500: regions and borders at the picture's own size, drawn by edges/,
    );
    await expect(people({ save: at('s') })).rejects.toThrow(/takes no --save/);
  });

  // told of a price, a tree is built that prices may choose from, whatever the encoder's row cuts at
  it('walks prices from one analysis a picture', async () => {
    const result = await people({ prices: [0.2, 0.03], ease: 0 });
    expect(calls.slice(1, 4)).toEqual([
      'analyse ncut 3 undefined 0.2 false',
      'draw undefined 0.2 0 0 undefined',
      'draw undefined 0.03 0 0 undefined',
    ]);
    expect(reportJson(result)).toMatchObject({
      prices: [
        { price: 0.2, segmentsPerPicture: 1, recall: 0 },
        { price: 0.03, segmentsPerPicture: 2, covering: 1, recall: 1 },
      ],
      ods: { covering: { value: 1, price: 0.03 }, vi: { value: 0, price: 0.03 } },
      ois: { covering: 1, pri: 1, vi: 0 },
      settings: { price: null, prices: [0.2, 0.03], ease: 0 },
    });
    expect(reportJson(result)).not.toHaveProperty('covering');
    expect(reportText(result)).toMatch(
      /^price +segments +covering[^\n]*\n0\.2 +1\.0[^\n]*\n0\.03 +2\.0 +1\.000[^\n]*\nODS +1\.000 +1\.000 +0\.000\n/,
    );
    expect(reportText(result)).toMatch(/\npictures: 3\n[\s\S]*prices 0\.2,0\.03, ease 0/);
  });

  it('resumes a walk, and no other', async () => {
    const whole = reportJson(await people({ prices: [0.2, 0.03], resume: at('l') }));
    const text = await readFile(at('l'), 'utf8');
    await writeFile(at('l'), text.slice(0, -20));
    expect(reportJson(await people({ prices: [0.2, 0.03], resume: at('l') }))).toEqual({ ...whole, resumed: 2 });
    expect(await readFile(at('l'), 'utf8')).toBe(text);
    await expect(people({ prices: [0.2], resume: at('l') })).rejects.toThrow(/\(prices \[0\.2,0\.03\], now \[0\.2\]\)/);
    await expect(people({ resume: at('l') })).rejects.toThrow(/price null, now 0\.025/);
  });

  it('says what is undefined where nothing was scored', async () => {
    await writeFile(at('i', 'a.jpg'), 'x');
    expect(reportJson(await people({ limit: 1 }))).toMatchObject({ covering: null, vi: null, segmentsPerPicture: null });
    const walked = await people({ limit: 1, prices: [0.1] });
    expect(reportJson(walked)).toMatchObject({ prices: [{ covering: null }], ods: { covering: null }, ois: { vi: null } });
    expect(reportText(walked)).toMatch(/\nODS\n {2}at\nOIS\n/);
  });

  it('refuses a list of prices beside another granularity, out of range, empty, or by classes', async () => {
    await expect(people({ prices: [0.1], price: 0.1 })).rejects.toThrow(/prices or price, not both/);
    await expect(people({ prices: [0.1], tau: 0.1 })).rejects.toThrow(/prices or tau, not both/);
    await expect(people({ prices: [0.1, 2] })).rejects.toThrow(/from 0 to 1 for prices but received 2/);
    await expect(people({ prices: [] })).rejects.toThrow(/at least one price/);
    await expect(run({ prices: [0.1] })).rejects.toThrow(/folder takes no --prices: "diffcut tune" walks them/);
    expect(calls).toEqual([]);
  });
});
