/** The whole path through the library, picture to segments: what no stage's own tests can see. */
import { beforeAll, describe, expect, it } from 'vitest';
import { areasOf } from '../src/tensor/ids.ts';
import {
  type Analysis,
  analyse,
  cut,
  type DrawOptions,
  describe as describeLabels,
  draw,
  type Encoder,
  encodePng,
  openEncoder,
  type RgbImage,
  type SegmentOptions,
  segment,
  splitComponents,
} from '../src/toolkit.ts';

const paint = (width: number, height: number, colour: (x: number, y: number) => number[]): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(colour(i % width, Math.floor(i / width)), i * 3);
  return { data, width, height };
};

/** Two objects on a ground of stripes. */
const SCENE = paint(96, 64, (x, y) => {
  if ((x - 25) ** 2 + (y - 30) ** 2 < 250) return [220, 40, 30];
  if (x > 55 && x < 85 && y > 20) return [20, 60, 200];
  return y % 8 < 4 ? [40, 140, 60] : [70, 170, 80];
});

/** Larger than what is worked on, with noise. */
const LARGE = paint(1100, 700, (x, y) => {
  const noise = (Math.imul(x * 7919 + y * 104729, 2654435761) >>> 24) / 8;
  if ((x - 300) ** 2 + (y - 350) ** 2 < 40000) return [220 + noise, 40 + noise, 30 + noise];
  if (x > 600 && x < 960 && y > 220) return [20 + noise, 60 + noise, 200 + noise];
  return [70 + noise, (y % 64) + 100 + noise, 80 + noise];
});

/** Small, so that a test takes a moment; tau fixed, so that there are borders to draw. */
const SMALL = { size: 128, tau: 0.85 } as const;

/** Of all arrays within. */
const buffersOf = (value: unknown): ArrayBuffer[] => {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(buffersOf) : [];
};

let encoder: Encoder;
beforeAll(async () => {
  encoder = await openEncoder('embedded', { size: 128 });
  return () => encoder.dispose();
});

/** An encoder that notes what is done with it. */
const watched = (encode: Encoder['encode'] = encoder.encode) => {
  const seen = { encoded: 0, disposed: 0 };
  const open: Encoder = {
    ...encoder,
    encode: (image, watch) => {
      seen.encoded++;
      return encode(image, watch);
    },
    dispose: async () => void seen.disposed++,
  };
  return { open, seen };
};

describe('segment', () => {
  it('gives the same twice, every pixel in one segment, the largest first', async () => {
    const once = await segment(SCENE, SMALL);
    const twice = await segment(SCENE, SMALL);
    expect(twice.labels).toEqual(once.labels);
    expect(twice.segments).toEqual(once.segments);

    const { labels, segments } = once;
    expect(segments.length).toBeGreaterThan(1);
    expect(segments.map(({ id }) => id)).toEqual(segments.map((_, k) => k));
    expect(segments.map(({ area }) => area)).toEqual([...segments.map(({ area }) => area)].sort((a, b) => b - a));
    expect(segments.reduce((sum, { area }) => sum + area, 0)).toBe(96 * 64);
    const areas = areasOf(labels);
    for (const { id, area } of segments) expect(areas.get(id)).toBe(area);
  });

  it('tells boxes, centroids and mean colours that the labels bear out', async () => {
    const { labels, segments } = await segment(SCENE, { ...SMALL, encoder: undefined });
    for (const { id, boxXYWH, centroidXY, meanRgb } of segments) {
      const pixels = [...labels.data.keys()].filter((i) => labels.data[i] === id);
      const mean = (of: (i: number) => number) => pixels.reduce((sum, i) => sum + of(i), 0) / pixels.length;
      const xs = pixels.map((i) => i % 96);
      const ys = pixels.map((i) => Math.floor(i / 96));
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      expect(boxXYWH).toEqual([left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1]);
      expect(centroidXY[0]).toBeCloseTo(mean((i) => i % 96));
      expect(centroidXY[1]).toBeCloseTo(mean((i) => Math.floor(i / 96)));
      expect(meanRgb[1]).toBeCloseTo(mean((i) => SCENE.data[i * 3 + 1]));
    }
  });

  it('echoes the options, defaults filled in', async () => {
    const by = await segment(SCENE, { encoder, alpha: 4, price: 0.01, ease: 0.2, refine: 'none', minArea: 20, split: true, keepAlpha: true });
    const size = encoder.inputSize(SCENE);
    const drawn = { refine: 'none', minArea: 20, split: true, keepAlpha: true };
    const told = { encoder: 'embedded', device: 'cpu', solver: 'ncut', alpha: 4, tau: null, price: 0.01, ease: 0.2, join: 0, size, ...drawn };
    expect(by.options).toEqual(told);
    expect(by.tree.cut).toMatchObject({ alpha: 4, parity: encoder.row.parity });
    const { options } = await segment(SCENE, { encoder });
    const own = { solver: 'merge', alpha: null, tau: null, price: encoder.row.merge.price, ease: encoder.row.ease, join: 0 };
    const drawing = { refine: 'edges', minArea: 0, split: false, keepAlpha: false };
    expect(options).toEqual({ encoder: 'embedded', device: 'cpu', ...own, size, ...drawing });
  });

  it.each(['edges', 'pamr', 'none'] as const)('takes features instead of encoding: the same labels (%s)', async (refine) => {
    const encoded = await segment(SCENE, { encoder, tau: 0.85, refine });
    const given = await segment(SCENE, { features: encoded.features, tau: 0.85, refine });
    expect(given.labels).toEqual(encoded.labels);
    expect(given.options.size).toBeNull();
    const stages = ['decode', 'partition', 'cut', ...(refine === 'edges' ? ['regions'] : []), 'refine', 'describe'];
    expect(Object.keys(given.timings)).toEqual(stages);
  });

  it('cuts given features as their encoder would, and those of unknown origin as the paper does', async () => {
    const encoded = await segment(SCENE, { encoder, solver: 'ncut' });
    const { origin, ...unknown } = encoded.features;
    expect(origin).toMatchObject({ encoder: 'embedded', size: encoder.inputSize(SCENE), cut: { solver: 'merge', alpha: 3, parity: false } });

    const merged = await segment(SCENE, { features: encoded.features });
    expect(merged.options).toMatchObject({ encoder: 'embedded', device: null, solver: 'merge', price: encoder.row.merge.price });
    const given = await segment(SCENE, { features: { ...unknown, origin: JSON.parse(JSON.stringify(origin)) }, solver: 'ncut' });
    expect(given.options).toMatchObject({ encoder: 'embedded', solver: 'ncut', alpha: 3, price: encoder.row.price, ease: encoder.row.ease });
    expect(given.tree).toEqual(encoded.tree);
    expect(given.labels).toEqual(encoded.labels);

    const paper = await segment(SCENE, { features: unknown });
    expect(paper.options).toMatchObject({ encoder: null, solver: 'ncut', alpha: 10, tau: 0.5, price: null });
    expect(paper.tree.cut).toMatchObject({ alpha: 10, parity: true });
    const named = await segment(SCENE, { features: unknown, encoder: 'embedded', solver: 'ncut' });
    expect(named.options).toMatchObject({ encoder: 'embedded', alpha: 3 });
    expect(named.labels).toEqual(encoded.labels);
    const own = await segment(SCENE, { features: { ...unknown, origin: { encoder: 'mine', cut: { ...encoder.row, solver: 'ncut', alpha: 7 } } } });
    expect(own.options).toMatchObject({ encoder: 'mine', solver: 'ncut', alpha: 7 });
  });

  it('reads a picture in every form', async () => {
    const png = await encodePng(SCENE);
    const { labels } = await segment(SCENE, { encoder, tau: 0.85 });
    const rgba = new Uint8ClampedArray(96 * 64 * 4).map((_, i) => (i % 4 === 3 ? 255 : SCENE.data[(i >> 2) * 3 + (i % 4)]));
    const copy = Uint8Array.from(png);
    for (const form of [png, copy, copy.buffer, new Blob([copy]), { data: rgba, width: 96, height: 64 }])
      expect((await segment(form, { encoder, tau: 0.85 })).labels).toEqual(labels);
  });

  it.each<[string, unknown, RegExp]>([
    ['tau and price', { tau: 0.5, price: 0.1 }, /^Both tau and price were given.*leave one out$/],
    ['tau and ease', { tau: 0.5, ease: 0.1 }, /^Both tau and ease/],
    ['features and size', { features: { data: Float32Array.of(1), width: 1, height: 1, channels: 1 }, size: 64 }, /^Both features and size/],
    ['an unknown option', { tua: 0.5 }, /Unknown option of segment "tua": did you mean "tau"\?/],
    ['an unknown encoder', { encoder: 'embeded' }, /Unknown encoder "embeded": did you mean "embedded"\?/],
    ['an encoder that is none', { encoder: {} }, /Expected the name of an encoder, or one that openEncoder gave/],
    ['null for an encoder', { encoder: null }, /Expected the name of an encoder/],
    [
      'features of no origin that is one',
      { features: { data: Float32Array.of(1), width: 1, height: 1, channels: 1, origin: {} } },
      /for features\.origin/,
    ],
    ['features that are none', { features: 5 }, /Expected \{ data: Float32Array/],
    ['options that are none', null, /Expected an object for the options of segment/],
    ['a number for options', 5, /Expected an object for the options of segment/],
  ])('refuses %s in a sentence', async (_, options, pattern) => {
    await expect(segment(SCENE, options as SegmentOptions)).rejects.toMatchObject({ name: 'InputError', message: expect.stringMatching(pattern) });
  });

  it('refuses a size beside an open encoder, which has its own', async () => {
    await expect(segment(SCENE, { encoder, size: 64 })).rejects.toThrow(/give the size to openEncoder/);
  });
});

describe('analyse, draw, describe', () => {
  it('is segment in three steps, and another granularity of what was cut once', async () => {
    const analysis = await analyse(SCENE, { encoder });
    const whole = await segment(SCENE, { encoder });
    expect(await describeLabels(await draw(analysis), SCENE)).toEqual({ labels: whole.labels, segments: whole.segments });
    const fine = await segment(SCENE, { encoder, price: 0.001 });
    expect((await describeLabels(await draw(structuredClone(analysis), { price: 0.001 }), SCENE)).labels).toEqual(fine.labels);
    expect(fine.segments.length).toBeGreaterThanOrEqual(whole.segments.length);
  });

  it('is plain data: posted to a worker with its buffers it is drawn there as here', async () => {
    for (const solver of ['ncut', 'merge'] as const) {
      const analysis = await analyse(SCENE, { encoder, solver });
      const here = await draw(analysis, { price: 0.002 });
      const copy = structuredClone(analysis);
      const { port1, port2 } = new MessageChannel();
      const arrived = new Promise<Analysis>((resolve) => {
        port2.onmessage = ({ data }) => resolve(data);
      });
      port1.postMessage(copy, [...new Set(buffersOf(copy))]);
      const there = await arrived;
      port1.close();
      expect(copy.picture.data.byteLength).toBe(0); // handed over, not copied
      expect(await draw(there, { price: 0.002 })).toEqual(here);
    }
  });

  it('draws at any smaller size, and makes what depends on the picture alone once', async () => {
    for (const solver of ['ncut', 'merge'] as const) {
      const analysis = await analyse(LARGE, { encoder, solver });
      const whole = await draw(analysis, { price: 0.002 });
      const { regions } = analysis;
      for (const size of [700, 256, 40]) {
        const small = await draw(analysis, { price: 0.002 }, { size });
        expect([small.width, small.height]).toEqual([size, Math.round((size * 700) / 1100)]);
        const step = 1100 / size;
        const same = small.data.filter((id, i) => {
          const [x, y] = [i % size, Math.floor(i / size)];
          return id === whole.data[Math.min(699, Math.floor((y + 0.5) * step)) * 1100 + Math.floor((x + 0.5) * step)];
        });
        expect(same.length / small.data.length).toBeGreaterThan(0.97);
      }
      for (const refine of ['pamr', 'none'] as const) {
        const { width, height, data } = await draw(analysis, { price: 0.002 }, { size: 300, refine });
        expect([width, height, data.length]).toEqual([300, 191, 300 * 191]);
      }
      expect(analysis.regions).toBe(regions);
      expect(await draw(analysis, { price: 0.002 }, { size: 5000 })).toEqual(whole);
      const { segments } = await describeLabels(await draw(analysis, {}, { size: 100 }), LARGE);
      expect(segments.reduce((sum, { area }) => sum + area, 0)).toBe(100 * 64);
    }
    await expect(draw(await analyse(SCENE, { encoder }), {}, { size: 0 })).rejects.toThrow(/for size but received 0/);
  });

  it('takes minArea in pixels of the picture, whatever the size of the labels', async () => {
    const analysis = await analyse(LARGE, { encoder });
    const count = async (options: DrawOptions) =>
      areasOf(await draw(analysis, { price: 0, ease: 0 }, { refine: 'none', split: true, ...options })).size;
    const small = await count({ size: 275, minArea: 20_000 });
    expect(Math.abs(small - (await count({ minArea: 20_000 })))).toBeLessThanOrEqual(1); // one at the limit may round away
    expect(small).toBeGreaterThan(3);
    expect(small).toBeLessThan(await count({ size: 275 }));
  });

  it('builds the tree as loose as treeTau says, so that any later granularity walks over it', async () => {
    const { tree, tokens } = await analyse(SCENE, { encoder, tau: 0.3, treeTau: 0.9 });
    expect(tree.cut?.treeTau).toBe(0.9);
    for (const tau of [0.3, 0.6, 0.9]) {
      const { labels } = await segment(SCENE, { encoder, tau, refine: 'none' });
      expect((await cut(tree, tokens, { tau })).data.length).toBe(tree.order.length);
      expect(new Set((await cut(tree, tokens, { tau })).data).size).toBe(new Set(labels.data).size);
    }
    expect((await segment(SCENE, { encoder, solver: 'ncut' })).tree.cut?.treeTau).toBe(0.75);
    await expect(analyse(SCENE, { encoder, tau: 0.5, treeTau: 0.3 })).rejects.toThrow(/^Expected a number from 0\.5 .* to 2 for treeTau/);
    await expect(analyse(SCENE, { encoder, solver: 'merge', treeTau: 0.3 })).rejects.toThrow(/treeTau is of the solver ncut/);
    expect((await analyse(SCENE, { encoder, treeTau: 0.8 })).options.solver).toBe('ncut');
  });

  it('times every stage that ran', async () => {
    const { timings } = await segment(SCENE, { encoder, minArea: 50 });
    expect(Object.keys(timings)).toEqual(['decode', 'encode', 'regions', 'merge', 'cut', 'refine', 'clean', 'describe']);
    expect(Object.values(timings).every((ms) => ms >= 0)).toBe(true);
  });

  it('leaves each segment whole and none a speck above the work size', async () => {
    for (const price of [undefined, 0.002]) {
      const { labels, segments } = await segment(LARGE, { encoder, price });
      expect(new Set((await splitComponents(labels)).data).size).toBe(segments.length);
      expect(segments.length).toBeGreaterThan(1);
      expect(Math.min(...segments.map(({ area }) => area))).toBeGreaterThan(0.0003 * LARGE.width * LARGE.height);
    }
  });

  it('refuses in a sentence what does not go together', async () => {
    const merged = await analyse(SCENE, { encoder });
    const cut = await analyse(SCENE, { encoder, solver: 'ncut', tau: 0.3 });
    const refused: [() => Promise<unknown>, RegExp][] = [
      [() => draw(merged, { tau: 0.5 }), /Both the solver merge and tau were given/],
      [() => draw(merged, {}, { refine: 'vote' }), /Both the solver merge and the refinement vote were given/],
      [() => draw(cut, { tau: 0.2, price: 0.1 }), /Both tau and price were given/],
      [() => draw(cut, { price: 0.1 }), /built down to tau 0\.3, and a price wants 0\.75: build it with treeTau 0\.75/],
      [() => draw({} as never), /Expected what analyse gave for analysis/],
      [() => draw(merged, {}, { refine: 'none', signal: AbortSignal.abort(new Error('enough')) }), /enough/],
      [() => segment(SCENE, { encoder, solver: 'merge', alpha: 3 }), /Both the solver merge and alpha were given/],
      [() => segment(SCENE, { encoder, tau: 0.5, join: 0.1 }), /Both tau and join were given/],
      [() => segment(SCENE, { encoder, solver: 'cut' as never }), /Expected one of ncut, merge, .* for solver/],
    ];
    for (const [work, sentence] of refused) await expect(work()).rejects.toThrow(sentence);
    const bad = { data: Int32Array.of(-1), width: 1, height: 1 };
    await expect(describeLabels(bad, { data: new Uint8Array(3), width: 1, height: 1 })).rejects.toThrow(/0 or more/);
  });

  it('says how many segments the drawing gave up', async () => {
    expect((await segment(SCENE, { encoder, refine: 'none' })).lost).toBe(0);
    const { lost, segments } = await segment(LARGE, { encoder, price: 0, ease: 0 });
    expect(lost).toBeGreaterThan(0); // specks
    const all = await segment(LARGE, { encoder, price: 0, ease: 0, refine: 'none' });
    expect(lost + segments.length).toBe(all.segments.length);
  });

  it('takes the solver that an option is of', async () => {
    for (const own of [{ tau: 0.5 }, { alpha: 3 }, { refine: 'vote' as const }])
      expect((await segment(SCENE, { encoder, ...own })).options.solver).toBe('ncut');
    expect((await segment(SCENE, { encoder, join: 0.05 })).options).toMatchObject({ solver: 'merge', join: 0.05 });
  });
});

describe('keepAlpha', () => {
  /** Transparent but for a disc around the middle, whose rim fades. */
  const discOf = (picture: RgbImage, radius: number): RgbImage => {
    const { width, height } = picture;
    const away = (i: number) => Math.hypot((i % width) - width / 2, Math.floor(i / width) - height / 2) - radius;
    const alpha = Uint8Array.from({ length: width * height }, (_, i) => Math.min(255, Math.max(0, 128 - 100 * away(i))));
    const data = picture.data.map((v, i) => Math.round((v * alpha[Math.floor(i / 3)] + 255 * (255 - alpha[Math.floor(i / 3)])) / 255));
    return { data, width, height, alpha };
  };
  const DISC = discOf(LARGE, 300);
  const clear = (DISC.alpha as Uint8Array).filter((a) => a < 128).length;

  it.each(['merge', 'ncut'] as const)('makes what is transparent a segment of its own, whatever else is asked (%s)', async (solver) => {
    const analysis = structuredClone(await analyse(DISC, { encoder, solver }));
    for (const given of [{}, { refine: 'none' }, { refine: 'pamr', split: true, minArea: 500 }, { minArea: 200_000 }] as const) {
      const drawn = await draw(analysis, { price: 0.005 }, { ...given, keepAlpha: true });
      const { labels, segments } = await describeLabels(drawn, DISC);
      expect(segments.map(({ id }) => id)).toEqual(segments.map((_, k) => k));
      const [own, ...more] = segments.filter(({ transparent }) => transparent);
      expect(own).toMatchObject({ id: labels.transparent, area: clear });
      expect(more).toEqual([]);
      expect(labels.data.every((id, i) => (id === own.id) === (DISC.alpha as Uint8Array)[i] < 128)).toBe(true);
    }
  });

  it('leaves no rim of the ground around what is opaque', async () => {
    const { segments } = await segment(DISC, { encoder, keepAlpha: true });
    expect(segments.length).toBeGreaterThan(1);
    expect(Math.min(...segments.map(({ area }) => area))).toBeGreaterThan(0.0005 * LARGE.width * LARGE.height);
  });

  it('is drawn at a smaller size, too, where a pixel is what most of it is', async () => {
    const analysis = await analyse(DISC, { encoder });
    const { segments } = await describeLabels(await draw(analysis, {}, { size: 110, keepAlpha: true }), DISC);
    const share = (segments.find(({ transparent }) => transparent)?.area as number) / (110 * 70);
    expect(Math.abs(share - clear / (1100 * 700))).toBeLessThan(0.005);
  });

  it('says nothing of a picture that is opaque, and transparency nothing unless it is asked for', async () => {
    const opaque = { ...SCENE, alpha: new Uint8Array(96 * 64).fill(128) };
    const { labels, segments } = await segment(SCENE, { encoder });
    for (const picture of [SCENE, opaque]) expect(await segment(picture, { encoder, keepAlpha: true })).toMatchObject({ labels, segments });
    const plain = await segment(DISC, { encoder });
    expect(plain.labels).not.toHaveProperty('transparent');
    expect(plain.labels).toEqual((await segment({ ...DISC, alpha: undefined } as RgbImage, { encoder })).labels);
    await expect(segment({ ...SCENE, alpha: new Uint8Array(5) }, { encoder })).rejects.toThrow(
      /Expected a Uint8Array of 96 x 64 bytes for image\.alpha/,
    );
  });
});

describe('small and even pictures', () => {
  it.each([
    [1, 1],
    [1, 50],
    [50, 1],
    [2, 2],
  ])('%i x %i', async (width, height) => {
    const picture = paint(width, height, (x, y) => [x * 5, y * 5, 100]);
    for (const refine of ['edges', 'pamr', 'none'] as const) {
      const { labels, segments } = await segment(picture, { encoder, refine, tau: 0.9 });
      expect([labels.width, labels.height, labels.data.length]).toEqual([width, height, width * height]);
      expect(segments.reduce((sum, { area }) => sum + area, 0)).toBe(width * height);
    }
  });

  it('a black picture is one segment', async () => {
    const { segments } = await segment(
      paint(90, 60, () => [0, 0, 0]),
      { size: 128 },
    );
    expect(segments).toEqual([{ id: 0, area: 5400, boxXYWH: [0, 0, 90, 60], centroidXY: [44.5, 29.5], meanRgb: [0, 0, 0] }]);
  });

  it.each<[string, number[][], number]>([
    ['one token', [[1, 2]], 1],
    ['one token of zeros', [[0, 0]], 1],
    ['equal tokens', Array(12).fill([3, 1]), 1],
    ['a zero token among equal ones', [[0, 0], ...Array(11).fill([3, 1])], 2],
  ])('%s', async (_, tokens, most) => {
    const features = { data: Float32Array.from(tokens.flat()), width: tokens.length, height: 1, channels: 2 };
    const { segments } = await segment(SCENE, { features, solver: 'ncut' });
    expect(segments.length).toBeLessThanOrEqual(most);
    expect(segments.reduce((sum, { area }) => sum + area, 0)).toBe(96 * 64);
  });
});

describe('watching', () => {
  it('tells of stages in order, each going up to its total', async () => {
    const told: [string, number, number][] = [];
    await segment(SCENE, { encoder, tau: 0.85, onProgress: (...words) => told.push(words) });
    const stages = [...new Set(told.map(([stage]) => stage))];
    expect(stages).toEqual(['encode', 'partition', 'regions', 'refine']);
    expect(told.map(([stage]) => stages.indexOf(stage))).toEqual(told.map(([stage]) => stages.indexOf(stage)).sort((a, b) => a - b));
    for (const name of stages) {
      const steps = told.filter(([stage]) => stage === name);
      const [, last, total] = steps[steps.length - 1];
      expect(last).toBe(total);
      expect(steps.map(([, done]) => done)).toEqual(steps.map(([, done]) => done).sort((a, b) => a - b));
      expect(new Set(steps.map(([, , of]) => of)).size).toBe(1);
    }
  });

  it.each([
    ['encode', 'edges'],
    ['partition', 'edges'],
    ['refine', 'edges'],
    ['refine', 'pamr'],
    ['assign', 'none'],
  ] as const)('stops in the stage %s (%s) with the reason given, its encoder still open', async (stage, refine) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { open, seen } = watched();
    const told: string[] = [];
    const onProgress = (now: string) => {
      told.push(now);
      if (now === stage) controller.abort(reason);
    };
    await expect(segment(SCENE, { encoder: open, tau: 0.85, refine, signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(told.at(-1)).toBe(stage);
    expect(seen).toEqual({ encoded: 1, disposed: 0 });
    expect((await segment(SCENE, { encoder, tau: 0.85 })).segments.length).toBeGreaterThan(0);
  });

  it('does nothing once aborted', async () => {
    const { open, seen } = watched();
    await expect(segment(SCENE, { encoder: open, signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toEqual({ encoded: 0, disposed: 0 });
  });

  it('hands on what a callback or an encoder throws', async () => {
    const fault = new Error('fault');
    const { open } = watched(() => Promise.reject(fault));
    await expect(segment(SCENE, { encoder: open })).rejects.toBe(fault);
    const onProgress = () => {
      throw fault;
    };
    await expect(segment(SCENE, { ...SMALL, onProgress })).rejects.toBe(fault);
  });
});
