/** Tasks of Label Studio, and its run lengths. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../test/export-samples.ts';
import { joined } from '../tensor/bytes.ts';
import { toRuns } from '../tensor/runs.ts';
import type { LabelMap } from '../types.ts';
import { decodeBrush, encodeBrush } from './brush-rle.ts';
import { encodeLabelStudio, labelStudioResult, type StudioRegion } from './label-studio.ts';
import type { Pictures } from './set.ts';
import { spansById } from './spans.ts';

const mapOf = (...rows: string[]): LabelMap => ({ data: Int32Array.from(rows.join(''), Number), width: rows[0].length, height: rows.length });

const filesOf = async (...given: Parameters<typeof encodeLabelStudio>) => {
  const files: [string, string][] = [];
  for await (const { path, content } of encodeLabelStudio(...given))
    files.push([path, new TextDecoder().decode(await joined(content as AsyncIterable<Uint8Array>))]);
  return files;
};
const tasksOf = async (...given: Parameters<typeof encodeLabelStudio>) => JSON.parse((await filesOf(...given))[0][1]);

const brushOf = async (labels: LabelMap, id: number): Promise<number[]> => [
  ...encodeBrush(spansById(await toRuns(labels)).get(id) as Int32Array, labels),
];

/** The map that regions paint. */
const painted = (regions: readonly StudioRegion[], { width, height }: LabelMap): Int32Array => {
  const data = new Int32Array(width * height).fill(-1);
  for (const { id, value } of regions) {
    if (!('rle' in value)) throw new Error('a brush was wanted');
    const rgba = decodeBrush(Uint8Array.from(value.rle), width * height);
    for (let i = 0; i < data.length; i++) if (rgba[4 * i + 3] > 0) data[i] = Number(id.replace('segment-', ''));
  }
  return data;
};

/** encode_rle of label-studio-converter 0.0.59, of masks in four channels. */
const CONVERTED = {
  even: [0, 0, 1, 144, 57, 27, 255, 1, 143, 255, 0], // its last bits fill a byte
  small: [0, 0, 0, 24, 57, 27, 252, 255, 247, 192, 0],
  long: [0, 2, 113, 0, 57, 27, 255, 1, 27, 0, 255, 255, 255, 255, 255, 255, 255, 176, 33, 255, 240, 249, 240, 0],
  whole: [0, 0, 0, 8, 57, 27, 252, 255, 224],
};

describe('run lengths of brushes', () => {
  it('are those of label-studio-converter', async () => {
    expect(await brushOf(mapOf('110', '000'), 1)).toEqual(CONVERTED.small);
    expect(await brushOf({ data: Int32Array.from({ length: 40_000 }, (_, i) => Number(i > 70 && i < 39_000)), width: 400, height: 100 }, 1)).toEqual(
      CONVERTED.long,
    );
    expect(await brushOf({ data: new Int32Array(2), width: 2, height: 1 }, 0)).toEqual(CONVERTED.whole);
    expect(await brushOf({ data: new Int32Array(100), width: 100, height: 1 }, 0)).toEqual(CONVERTED.even);
  });

  it('come back, whatever they are', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 40 }),
        async (width, runs) => {
          const all = runs.flatMap((count, i) => Array(count).fill(i % 3));
          const labels = { data: Int32Array.from(all.slice(0, Math.max(1, Math.floor(all.length / width)) * width)), width, height: 0 };
          const height = Math.floor(labels.data.length / width);
          if (height === 0) return;
          for (const [id, spans] of spansById(await toRuns({ ...labels, height }))) {
            const rgba = decodeBrush(encodeBrush(spans, { width, height }), width * height);
            expect(rgba.length).toBe(4 * width * height);
            expect(rgba.every((byte, i) => byte === (labels.data[i >> 2] === id ? 255 : 0))).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    ));

  it('are refused where they are cut short or of too many pixels', async () => {
    const bytes = Uint8Array.from(await brushOf(mapOf('110', '000'), 1));
    for (let length = 0; length < bytes.length - 1; length++)
      expect(() => decodeBrush(bytes.subarray(0, length), 6), String(length)).toThrow(/cut short/);
    expect(() => decodeBrush(bytes, 5)).toThrow(/are of 24 bytes, more than 5 pixels have/);
    expect(() => decodeBrush(Uint8Array.of(255, 255, 255, 255, 0, 0, 0), 2 ** 28)).toThrow(/are of 4294967295 bytes/);
  });

  it('refuse a picture that 32 bits do not count', () =>
    expect(() => encodeBrush(Int32Array.of(0, 0, 1), { width: 2 ** 15, height: 2 ** 15 })).toThrow(/up to 1073741823 pixels/));
});

describe('encodeLabelStudio', () => {
  it.each(sampleMaps().filter(({ name }) => name !== '70,000 segments'))('has every pixel in brushes: $name', async ({ labels }) => {
    const [{ predictions }] = await tasksOf([{ name: 'a.jpg', labels }]);
    expect(painted(predictions[0].result, labels)).toEqual(labels.data);
  });

  it('has a brush for every one of 70,000 segments', async () => {
    const { labels } = sampleMaps().at(-1) as { labels: LabelMap };
    const regions = await labelStudioResult({ name: 'a.jpg', labels });
    expect(regions).toHaveLength(70_000);
    const some = regions.filter((_, i) => i % 7000 === 0);
    const back = painted(some, labels);
    expect(labels.data.every((id, i) => back[i] === (id % 7000 === 0 ? id : -1))).toBe(true);
  });

  it('makes a task of each picture, where its file lies', async () => {
    const labels = mapOf('01', '01');
    const pictures = [
      { name: 'train/a b&c#1.jpg', labels, names: ['sky', 'sea "x"'] },
      { name: '\ud800.jpg', labels, background: 0 },
    ];
    const files = await filesOf(pictures);
    expect(files.map(([path]) => path)).toEqual(['label-studio.json']);
    const tasks = JSON.parse(files[0][1]);
    expect(tasks.map((task: { data: object }) => task.data)).toEqual([
      { image: '/data/local-files/?d=train/a%20b%26c%231.jpg' },
      { image: '/data/local-files/?d=_.jpg' },
    ]);
    const common = { from_name: 'tag', to_name: 'image', original_width: 2, original_height: 2, image_rotation: 0 };
    const [{ model_version, result }] = tasks[0].predictions;
    expect(model_version).toBe('diffcut');
    expect(result).toMatchObject([
      { id: 'segment-0', type: 'brushlabels', ...common, value: { format: 'rle', brushlabels: ['sky'] } },
      { id: 'segment-1', type: 'brushlabels', ...common, value: { format: 'rle', brushlabels: ['sea "x"'] } },
    ]);
    expect(tasks[1].predictions[0].result).toHaveLength(1);
    expect(await labelStudioResult(pictures[0])).toEqual(result);
    expect((await filesOf(pictures))[0]).toEqual(files[0]);
    const [{ data, predictions }] = await tasksOf([pictures[0]], {
      image: 's3://bucket/<name>',
      fromName: 'brush',
      toName: 'img',
      modelVersion: '2',
    });
    expect(data.image).toBe('s3://bucket/train/a%20b%26c%231.jpg');
    expect(predictions[0]).toMatchObject({ model_version: '2', result: [{ from_name: 'brush', to_name: 'img' }, {}] });
  });

  it('has polygons on request, in percent, a piece each; what has holes stays a brush', async () => {
    const labels = mapOf('111022', '101000', '111022');
    const result = await labelStudioResult({ name: 'a.jpg', labels, background: 0 }, { polygons: true, tolerance: 0 });
    expect(result.map(({ id, type, from_name }) => [id, type, from_name])).toEqual([
      ['segment-1', 'brushlabels', 'tag'],
      ['segment-2-1', 'polygonlabels', 'label'],
      ['segment-2-2', 'polygonlabels', 'label'],
    ]);
    const { value } = result[1];
    if (!('points' in value)) throw new Error('a polygon was wanted');
    expect(value).toMatchObject({ closed: true, polygonlabels: ['segment'] });
    expect(value.points.map(([x, y]) => [x.toFixed(3), y.toFixed(3)].join()).sort()).toEqual([
      '100.000,0.000',
      '100.000,33.333',
      '66.667,0.000',
      '66.667,33.333',
    ]);
  });

  it('reads pictures one at a time, and refuses two of a name', async () => {
    const labels = mapOf('01');
    let given = 0;
    const pictures = (function* () {
      for (const name of ['a', 'b', 'a']) {
        given++;
        yield { name, labels };
      }
    })();
    for await (const { content } of encodeLabelStudio(pictures)) {
      expect(given).toBe(0);
      await expect(joined(content as AsyncIterable<Uint8Array>)).rejects.toThrow(/Two pictures of the set are called "a"/);
    }
    expect(await tasksOf([])).toEqual([]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(filesOf([{ name: 'a', labels }] as Pictures, { signal })).rejects.toThrow('enough');
  });
});
