/** Sets of labelled pictures: read back by our own readers where there is one, by the formats' rules where there is none. */
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../test/export-samples.ts';
import { joined } from '../tensor/bytes.ts';
import { toRuns } from '../tensor/runs.ts';
import type { Content, LabelMap } from '../types.ts';
import { encodeCoco } from './coco.ts';
import { encodeCsv } from './csv.ts';
import { decodeLabelPng } from './indexed-png.ts';
import type { LabelledPicture, SetFile } from './labelled.ts';
import { encodePanoptic } from './panoptic.ts';
import { blankLabels, paintPolygon } from './read/canvas.ts';
import { labelsFromCoco } from './read/coco.ts';
import { labelsFromPanoptic } from './read/panoptic.ts';
import { describeSegments } from './segments.ts';
import { partOf, stemOf } from './set.ts';
import { encodeVoc, vocPalette } from './voc.ts';
import { encodeYolo } from './yolo.ts';

const SAMPLES = sampleMaps();
const SMALL = SAMPLES.filter(({ labels }) => labels.data.length < 10_000);
const SETS = { encodeCoco, encodeCsv, encodePanoptic, encodeVoc, encodeYolo };

const bytesOf = async (content: Content): Promise<Uint8Array> => (content instanceof Uint8Array ? content : joined(content));

/** All files of a set by path. */
const filesOf = async (set: AsyncIterable<SetFile>): Promise<Map<string, Uint8Array>> => {
  const files = new Map<string, Uint8Array>();
  for await (const { path, content } of set) files.set(path, await bytesOf(content));
  return files;
};
const textIn = (files: Map<string, Uint8Array>, path: string): string => new TextDecoder().decode(files.get(path));
const jsonIn = (files: Map<string, Uint8Array>, path: string) => JSON.parse(textIn(files, path));

const small: LabelMap = { data: Int32Array.of(0, 0, 2, 2, 0, 0, 2, 5), width: 4, height: 2 };
const named = (name: string, more: Partial<LabelledPicture> = {}): LabelledPicture => ({ name, labels: small, ...more });

/** Ids by their place among those that are there, from 1. */
const ranked = ({ data, ...labels }: LabelMap): LabelMap => {
  const ids = [...new Set(data)].sort((a, b) => a - b);
  const ranks = new Map(ids.map((id, i) => [id, i + 1]));
  return { ...labels, data: data.map((id) => ranks.get(id) as number) };
};

describe('every set', () => {
  it.each(Object.entries(SETS))('is the same bytes again, from pixels or runs, from a list or as it comes: %s', async (_, encode) => {
    const pictures = SMALL.map(({ name, labels }) => ({ name, labels, names: ['a', undefined, 'b'], background: 1 }));
    const inRuns = async function* () {
      for (const picture of pictures) yield { ...picture, labels: await toRuns(picture.labels) };
    };
    expect(await filesOf(encode(inRuns()))).toEqual(await filesOf(encode(pictures)));
  });

  it.each(Object.entries(SETS))('asks for a picture when the one before it is written: %s', async (_, encode) => {
    let asked = 0;
    const pictures = function* () {
      for (; asked < 2000; asked++) yield named(`${asked}`);
    };
    let most = 0;
    for await (const { path, content } of encode(pictures())) {
      if (/\d\.(png|txt)$/.test(path)) most = Math.max(most, Math.abs(asked - Number(stemOf(path.split('/').at(-1) as string))));
      await bytesOf(content);
    }
    expect([asked, most]).toEqual([2000, 0]);
  });

  it.each(Object.entries(SETS))('stops once it is aborted: %s', async (_, encode) => {
    const controller = new AbortController();
    const pictures = function* () {
      yield named('a');
      controller.abort(new Error('enough'));
      yield named('b');
    };
    await expect(filesOf(encode(pictures(), { signal: controller.signal }))).rejects.toThrow('enough');
  });

  it.each(Object.entries(SETS))('refuses names that lead elsewhere, and two of one: %s', async (_, encode) => {
    for (const name of ['', '../a.jpg', '/a.jpg', 'a//b.jpg', 'a/./b', 'a/..', 'C:/a.jpg', 'C:a.jpg', 'a\\b.jpg', 'a\0.jpg', 'a\n.jpg', 'b/'])
      await expect(filesOf(encode([named(name)])), name).rejects.toThrow(/^A picture of the set is called ".*": give a file's name, /);
    await expect(filesOf(encode([named('x/a.jpg'), named('b.jpg'), named('x/a.jpg')]))).rejects.toThrow(
      'Two pictures of the set are called "x/a.jpg": give each a name of its own',
    );
    for (const name of ['a', '.a', 'CON.jpg', 'a b.c.jpg', 'x/y/z.jpg', '__proto__'])
      expect((await filesOf(encode([named(name)]))).size).toBeGreaterThan(0);
  });

  it.each(Object.entries(SETS))('tells what of a picture is wrong: %s', async (_, encode) => {
    const wrong: [object, RegExp][] = [
      [{ labels: undefined }, /labels/],
      [{ labels: { ...small, data: small.data.map((id) => id - 1) } }, /ids must be/i],
      [{ names: 'a' }, /^Expected a list of texts for the names of "a.jpg" but received "a"/],
      [{ names: [1] }, /^Expected a list of texts for the names/],
      [{ background: -1 }, /^Expected an id, a whole number from 0, for the background of "a.jpg"/],
      [{ colours: [1, 2, 3] }, /^Expected 3 bytes for each id for the colours/],
      [{ file: 'a.jpg' }, /^Expected a function for the file/],
      [{ name: 5 }, /^Expected \{ name, labels \} for a picture of the set/],
    ];
    for (const [more, sentence] of wrong) await expect(filesOf(encode([named('a.jpg', more)])), String(sentence)).rejects.toThrow(sentence);
  });

  it('keeps pictures of one stem apart where the stem names no file, and refuses them where it does', async () => {
    for (const names of [
      ['a.jpg', 'a.png'],
      ['x/a.jpg', 'x/A.jpg'],
      ['a', 'a.png'],
      ['\u00e9.jpg', 'e\u0301.png'],
    ]) {
      const pictures = names.map((name) => named(name));
      for (const encode of [encodeCoco, encodeCsv]) expect((await filesOf(encode(pictures))).size).toBe(1);
      for (const encode of [encodePanoptic, encodeVoc, encodeYolo])
        await expect(filesOf(encode(pictures))).rejects.toThrow(
          /^The pictures ".*" and ".*" would have the same files in the set: rename one of them$/,
        );
    }
  });

  it('of no pictures is a set nevertheless', async () => {
    expect(jsonIn(await filesOf(encodeCoco([])), 'instances.json')).toMatchObject({ images: [], annotations: [], categories: [] });
    expect(jsonIn(await filesOf(encodePanoptic([])), 'panoptic.json')).toMatchObject({ images: [], annotations: [], categories: [] });
    expect([...(await filesOf(encodeVoc([]))).keys()]).toEqual(['ImageSets/Segmentation/trainval.txt', 'labelmap.txt']);
    expect(textIn(await filesOf(encodeYolo([])), 'data.yaml')).toBe('train: images/train\nval: images/train\nnames: {}\n');
    expect(textIn(await filesOf(encodeCsv([])), 'segments.csv').split('\r\n')).toHaveLength(2);
  });

  it("validates by a picture's name alone, for the share that was asked for", () => {
    const names = Array.from({ length: 5000 }, (_, i) => `photos/img_${i}`);
    const share = (val: number): number => names.filter((name) => partOf(name, val) === 'val').length / names.length;
    expect([share(0), share(1)]).toEqual([0, 1]);
    for (const val of [0.1, 0.2, 0.5]) expect(Math.abs(share(val) - val)).toBeLessThan(0.02);
    expect(names.every((name) => partOf(name, 0.1) === 'train' || partOf(name, 0.2) === 'val')).toBe(true); // more are the same and others
  });
});

describe('encodeCoco', () => {
  it.each([false, true])('comes back as it was, polygons: %s', async (polygons) => {
    const files = await filesOf(encodeCoco(SMALL, { polygons }));
    const json = textIn(files, 'instances.json');
    const { annotations } = JSON.parse(json);
    expect(annotations.map(({ id }: { id: number }) => id)).toEqual(annotations.map((_: unknown, i: number) => i + 1));
    expect(annotations.some(({ segmentation }: { segmentation: unknown }) => Array.isArray(segmentation))).toBe(polygons);
    for (const { name, labels } of SMALL) expect((await labelsFromCoco(json, { fileName: name })).labels, name).toEqual(ranked(labels));
  });

  it('has 70,000 segments soon enough', async () => {
    const [last] = SAMPLES.slice(-1);
    const json = jsonIn(await filesOf(encodeCoco([last])), 'instances.json');
    expect(json.annotations).toHaveLength(70_000);
    expect((await labelsFromCoco(json)).labels).toEqual(ranked(last.labels));
  });

  it('numbers names in order of first appearance through the set, and leaves out what is no object', async () => {
    const clear: LabelMap = { ...small, transparent: 5 };
    const pictures = [named('a.jpg', { names: ['sky', undefined, 'dog'] }), named('x/b.jpg', { labels: clear, names: ['dog'], background: 2 })];
    const { images, annotations, categories } = jsonIn(await filesOf(encodeCoco(pictures)), 'instances.json');
    expect(images).toEqual([
      { id: 1, file_name: 'a.jpg', width: 4, height: 2 },
      { id: 2, file_name: 'x/b.jpg', width: 4, height: 2 },
    ]);
    expect(categories).toEqual([
      { id: 1, name: 'sky' },
      { id: 2, name: 'dog' },
      { id: 3, name: 'segment' },
    ]);
    const told = annotations.map(({ segmentation: _, ...rest }: Record<string, unknown>) => rest);
    expect(told).toEqual([
      { id: 1, image_id: 1, category_id: 1, area: 4, bbox: [0, 0, 2, 2], iscrowd: 0 },
      { id: 2, image_id: 1, category_id: 2, area: 3, bbox: [2, 0, 2, 2], iscrowd: 0 },
      { id: 3, image_id: 1, category_id: 3, area: 1, bbox: [3, 1, 1, 1], iscrowd: 0 },
      { id: 4, image_id: 2, category_id: 2, area: 4, bbox: [0, 0, 2, 2], iscrowd: 0 },
    ]);
  });
});

describe('encodePanoptic', () => {
  it('comes back as it was, with the JSON and without', async () => {
    const files = await filesOf(encodePanoptic(SAMPLES));
    const all = jsonIn(files, 'panoptic.json');
    for (const { name, labels } of SAMPLES) {
      const png = files.get(`panoptic/${name}.png`) as Uint8Array;
      const json = { ...all, images: all.images.filter(({ file_name }: { file_name: string }) => file_name === name) };
      for (const told of [undefined, json]) expect((await labelsFromPanoptic(png, told)).labels, name).toEqual(ranked(labels));
    }
  });

  it('has void where there is no object, names, colours and numbers', async () => {
    const files = await filesOf(encodePanoptic([named('x/a.b.jpg', { names: ['sky', undefined, 'dog'], background: 0 })]));
    const { images, annotations, categories } = jsonIn(files, 'panoptic.json');
    expect(images).toEqual([{ id: 1, file_name: 'x/a.b.jpg', width: 4, height: 2 }]);
    const segments_info = [
      { id: 3, category_id: 1, area: 3, bbox: [2, 0, 2, 2], iscrowd: 0 },
      { id: 6, category_id: 2, area: 1, bbox: [3, 1, 1, 1], iscrowd: 0 },
    ];
    expect(annotations).toEqual([{ image_id: 1, file_name: 'x/a.b.png', segments_info }]);
    expect(categories).toMatchObject([
      { id: 1, name: 'dog', isthing: 1 },
      { id: 2, name: 'segment', isthing: 1 },
    ]);
    const read = await labelsFromPanoptic(files.get('panoptic/x/a.b.png') as Uint8Array, textIn(files, 'panoptic.json'));
    expect([...read.labels.data]).toEqual([0, 0, 1, 1, 0, 0, 1, 2]);
    expect(read).toMatchObject({ names: [undefined, 'dog', 'segment'], notes: [] });
    expect([...(read.colours?.subarray(3, 6) ?? [])]).toEqual(categories[0].color);
  });

  it('holds ids of three bytes and no more', async () => {
    const of = (id: number) => filesOf(encodePanoptic([named('a', { labels: { data: Int32Array.of(id), width: 1, height: 1 } })]));
    expect(jsonIn(await of(2 ** 24 - 2), 'panoptic.json').annotations[0].segments_info[0].id).toBe(2 ** 24 - 1);
    await expect(of(2 ** 24 - 1)).rejects.toThrow('A panoptic PNG holds labels up to 16777214 but one of "a" is 16777215: renumber them');
  });
});

describe('encodeVoc', () => {
  it('has classes and objects by index, in the colours of VOC', async () => {
    const pictures = [
      named('x/a.jpg', { names: ['sky', undefined, 'a:b\n'], file: async () => Uint8Array.of(7) }),
      named('b.jpg', { names: ['background', undefined, 'sky'], labels: { ...small, transparent: 5 } }),
    ];
    const files = await filesOf(encodeVoc(pictures, { val: 0.5 }));
    const rows = (path: string) => [...decodeLabelPng(files.get(path) as Uint8Array).data].join('');
    expect(rows('SegmentationClass/x/a.png')).toBe('11221123');
    expect(rows('SegmentationObject/x/a.png')).toBe('11221123');
    expect(rows('SegmentationClass/b.png')).toBe('00110010');
    expect(rows('SegmentationObject/b.png')).toBe('00110010');
    expect(files.get('JPEGImages/x/a.jpg')).toEqual(Uint8Array.of(7));
    expect(textIn(files, 'labelmap.txt')).toBe(
      '# label:color_rgb:parts:actions\nbackground:0,0,0::\nsky:128,0,0::\na_b:0,128,0::\nsegment:128,128,0::\n',
    );
    expect(textIn(files, 'ImageSets/Segmentation/trainval.txt')).toBe('x/a\nb\n');
    const parts = ['train', 'val'].map((part) => textIn(files, `ImageSets/Segmentation/${part}.txt`));
    expect(parts.join('').split('\n').sort()).toEqual(['', 'b', 'x/a']);
    expect([...vocPalette().subarray(3 * 15, 3 * 16), ...vocPalette().subarray(3 * 255)]).toEqual([192, 128, 128, 224, 224, 192]);
  });

  it('never has 255 for an object, and tells of more names than there are', async () => {
    const of = (count: number, names: string[] = []) =>
      filesOf(encodeVoc([named('a', { names, labels: { data: Int32Array.from({ length: count }, (_, i) => i), width: count, height: 1 } })]));
    const objects = async (count: number) => [...decodeLabelPng((await of(count)).get('SegmentationObject/a.png') as Uint8Array).data];
    expect((await objects(254)).at(-1)).toBe(254);
    expect((await objects(256)).slice(253)).toEqual([254, 256, 257]);
    const names = Array.from({ length: 255 }, (_, i) => `n${i}`);
    expect((await of(254, names)).size).toBe(4);
    await expect(of(255, names)).rejects.toThrow("VOC's masks tell 254 names apart but the set has more: write COCO, or give fewer names");
    await expect(of(65_535)).rejects.toThrow(/A PNG holds label ids up to 65535/);
  });
});

describe('encodeYolo', () => {
  /** Its lines, filled by the even-odd rule. */
  const painted = async (text: string, { width, height }: LabelMap): Promise<LabelMap> => {
    const labels = blankLabels(width, height, 0, 10 ** 6, 'x');
    for (const [i, line] of text.trimEnd().split('\n').entries()) {
      const points = line
        .split(' ')
        .slice(1)
        .map((v, k) => Number(v) * (k % 2 ? height : width))
        .map((v) => Number(v.toFixed(3)));
      await paintPolygon(labels, i + 1, points, {});
    }
    return labels;
  };

  it('has pieces and holes in one line, which the even-odd rule fills as they were', async () => {
    const files = await filesOf(encodeYolo(SMALL, { tolerance: 0 }));
    for (const { name, labels } of SMALL) {
      const text = textIn(files, `labels/train/${name}.txt`);
      expect(await painted(text, labels), name).toEqual(ranked(labels));
    }
  });

  it('puts labels where Ultralytics looks for them, and parts by name', async () => {
    const file = async () => Uint8Array.of(7);
    const pictures = ['a.jpg', 'images/a.jpg', 'x/images/y.z.png', 'none'].map((name) => named(name, { names: ['dog', undefined, 'a"b'], file }));
    const train = await filesOf(encodeYolo(pictures, { tolerance: 0 }));
    expect([...train.keys()]).toEqual([
      ...['images/train/a.jpg', 'labels/train/a.txt', 'images/train/images/a.jpg', 'images/train/labels/a.txt'],
      ...['images/train/x/images/y.z.png', 'images/train/x/labels/y.z.txt', 'images/train/none', 'labels/train/none.txt', 'data.yaml'],
    ]);
    expect(textIn(train, 'labels/train/a.txt')).toBe('0 0 0 0.5 0 0.5 1 0 1\n1 0.5 0 1 0 1 0.5 0.75 0.5 0.75 1 0.5 1\n2 1 0.5 1 1 0.75 1 0.75 0.5\n');
    expect(textIn(train, 'data.yaml')).toBe('train: images/train\nval: images/train\nnames:\n  0: "dog"\n  1: "a\\"b"\n  2: "segment"\n');
    const val = await filesOf(encodeYolo(pictures, { val: 1 }));
    expect([...val.keys()].filter((path) => path.includes('/train/'))).toEqual([]);
    expect(textIn(val, 'data.yaml')).toContain('val: images/val\n');
  });
});

describe('the names of a list', () => {
  const labels = ['cat', 'background', 'dog'];
  const pictures = [named('a.jpg', { names: ['dog', undefined, 'bird', undefined, undefined, 'cat'] })];

  it.each([
    ['encodeCoco', encodeCoco, 'instances.json', ['cat', 'background', 'dog', 'bird']],
    ['encodePanoptic', encodePanoptic, 'panoptic.json', ['cat', 'background', 'dog', 'bird']],
  ] as const)('are the first categories, in their order: %s', async (_, encode, path, wanted) => {
    const { categories } = JSON.parse(textIn(await filesOf(encode(pictures, { labels })), path));
    expect(categories.map(({ name }: { name: string }) => name)).toEqual(wanted);
  });

  it('are the first classes of YOLO and of VOC, where the background is 0', async () => {
    expect(textIn(await filesOf(encodeYolo(pictures, { labels })), 'data.yaml')).toContain('0: "cat"\n  1: "background"\n  2: "dog"\n  3: "bird"\n');
    const map = textIn(await filesOf(encodeVoc(pictures, { labels })), 'labelmap.txt')
      .trim()
      .split('\n')
      .slice(1);
    expect(map.map((line) => line.split(':')[0])).toEqual(['background', 'cat', 'dog', 'bird']);
    const many = Array.from({ length: 255 }, (_, i) => `name ${i}`);
    expect(() => encodeVoc(pictures, { labels: many })).toThrow(/tell 254 names apart/);
    expect(() => encodeVoc(pictures, { labels: [...many.slice(1), 'background'] })).not.toThrow();
  });

  it('have scores from 0 to 1', async () => {
    const { annotations } = JSON.parse(textIn(await filesOf(encodeCoco([{ ...pictures[0], scores: [0.5] }])), 'instances.json'));
    expect(annotations.map(({ score }: { score?: number }) => score)).toEqual([0.5, undefined, undefined]);
    await expect(filesOf(encodeCoco([{ ...pictures[0], scores: [2] }]))).rejects.toThrow(/^Expected a list of numbers from 0 to 1 for the scores/);
  });
});

describe('encodeCsv', () => {
  it('has a line a segment, and no formula', async () => {
    const names = ['=1+1', undefined, 'a "b", c', undefined, undefined, '\t=1'];
    const text = textIn(await filesOf(encodeCsv([named('-a.jpg', { names, scores: [0.25], colours: Uint8Array.of(255, 0, 16) })])), 'segments.csv');
    const [head, first, second, third, end] = text.split('\r\n');
    expect(head).toBe('picture,id,name,area,left,top,width,height,centroid_x,centroid_y,colour,perimeter,solidity,score');
    expect(first).toBe("'-a.jpg,0,'=1+1,4,0,0,2,2,0.5,0.5,#ff0010,4,1,0.25");
    expect(second).toMatch(/^'-a\.jpg,2,"a ""b"", c",3,2,0,2,2,2\.333,0\.333,#[0-9a-f]{6},3\.414,1,$/);
    expect(third).toMatch(/^'-a\.jpg,5,'\t=1,1,3,1,1,1,3,1,#[0-9a-f]{6},0,1,$/);
    expect(end).toBe('');
  });

  it('counts what describeSegments counts', async () => {
    const lines = textIn(await filesOf(encodeCsv(SAMPLES)), 'segments.csv')
      .trimEnd()
      .split('\r\n')
      .slice(1);
    const wanted: string[] = [];
    for (const { name, labels } of SAMPLES)
      for (const { id, area, boxXYWH } of await describeSegments(labels))
        wanted.push([name.includes(',') ? `"${name}"` : name, id, 'segment', area, ...boxXYWH].join());
    expect(lines.map((line) => line.split(',').slice(0, -6).join())).toEqual(wanted);
  });
});
