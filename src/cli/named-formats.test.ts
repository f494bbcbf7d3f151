/** Names in all that `diffcut segment` writes, from one batch with a tiny CLIP. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clipPictures, unpackClip } from '../../test/clips.ts';
import { runCli } from '../../test/run-cli.ts';
import { encodePng, FORMATS, SETS, type Segment, segmentPalette } from '../toolkit.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut names '));
const at = (...parts: string[]): string => join(folder, ...parts);
const out = (...parts: string[]): string => at('out', ...parts);
const textOf = (...parts: string[]): string => readFileSync(out(...parts), 'utf8');
const jsonOf = (...parts: string[]) => JSON.parse(textOf(...parts));

/** In an order that no picture has them in, and with one that none has. */
const CLASSES = ['zebra', 'street', 'sea, beach', 'sofa', 'dog', 'cat'];
const NAMES = ['zebra', 'street', 'sea', 'sofa', 'dog', 'cat'];
const ALL = [...NAMES, 'segment'];

/** By picture. */
let segments: Record<string, Segment[]>;
const nameOf = ({ name = 'segment' }: Segment): string => name;
const everyName = (): string[] => Object.values(segments).flatMap((all) => all.map(nameOf));
const everyScore = (): (number | undefined)[] => Object.values(segments).flatMap((all) => all.map(({ score }) => score));

beforeAll(async () => {
  vi.stubEnv('DIFFCUT_CACHE', at('cache'));
  const clip = unpackClip('plain-vit', folder);
  const pictures = clipPictures();
  for (const [i, name] of ['a.png', 'b.png'].entries()) writeFileSync(at(name), await encodePng(pictures[i].picture));
  writeFileSync(at('all.txt'), CLASSES.join('\n'));
  const args = ['--vocabulary', at('all.txt'), '--names-model', clip, '--price', '0.004', '--size', '64', '--device', 'cpu', '--quiet'];
  const run = (...more: string[]) => runCli('segment', at('a.png'), at('b.png'), ...args, ...more);
  expect(await run('-o', at('first'), '--format', 'json')).toMatchObject({ code: 0, err: '' });
  const scores = ['a', 'b'].flatMap((name) =>
    JSON.parse(readFileSync(at('first', `${name}.json`), 'utf8')).segments.map((one: Segment) => one.score),
  );
  const least = scores.sort((p, q) => p - q)[2]; // two segments have no name
  const formats = [...Object.keys(FORMATS), ...Object.keys(SETS)].join(',');
  expect(await run('-o', out(), '--format', formats, '--min-score', String(least))).toMatchObject({ code: 0, err: '' });
  segments = Object.fromEntries(['a', 'b'].map((name) => [name, jsonOf(`${name}.json`).segments]));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('names reach', () => {
  it('what is tested: several, and none', () => {
    expect(new Set(everyName()).size).toBeGreaterThan(2);
    expect(everyName().filter((name) => name === 'segment')).toHaveLength(2);
    expect(NAMES.some((name) => !everyName().includes(name))).toBe(true);
  });

  it('COCO, with the whole list in its order and scores where there are some', () => {
    const { categories, annotations } = jsonOf('annotations.coco.json');
    expect(categories).toEqual(ALL.map((name, i) => ({ id: i + 1, name })));
    expect(annotations.map((one: { category_id: number }) => ALL[one.category_id - 1])).toEqual(everyName());
    expect(annotations.map(({ score }: Segment) => score)).toEqual(everyScore());
  });

  it('panoptic COCO, in the colours that they have everywhere', () => {
    const { categories, annotations } = jsonOf('coco-panoptic', 'panoptic.json');
    const palette = segmentPalette(NAMES.length);
    expect(categories.map(({ name }: Segment) => name)).toEqual(ALL);
    expect(categories.map(({ color }: { color: number[] }) => color)).toEqual([
      ...NAMES.map((_, i) => [...palette.subarray(3 * i, 3 * i + 3)]),
      [128, 128, 128],
    ]);
    const found = annotations.flatMap((one: { segments_info: { category_id: number }[] }) => one.segments_info.map((of) => ALL[of.category_id - 1]));
    expect(found).toEqual(everyName());
  });

  it('YOLO and VOC, whose classes are the list, whatever is in the pictures', async () => {
    const lines = ['a', 'b'].flatMap((name) => textOf('yolo', 'labels', 'train', `${name}.txt`).trim().split('\n'));
    expect(lines.map((line) => ALL[Number(line.split(' ')[0])])).toEqual(everyName());
    expect(textOf('yolo', 'data.yaml')).toContain(`names:\n${ALL.map((name, i) => `  ${i}: "${name}"`).join('\n')}\n`);
    const map = textOf('voc', 'labelmap.txt').trim().split('\n').slice(1);
    expect(map.map((line) => line.split(':')[0])).toEqual(['background', ...ALL]);
    const shown = await sharp(out('voc', 'SegmentationClass', 'a.png'))
      .raw()
      .toBuffer();
    const colours = new Set(Array.from({ length: shown.length / 3 }, (_, i) => shown.subarray(3 * i, 3 * i + 3).join(',')));
    expect(colours).toEqual(new Set(segments.a.map((one) => map[1 + ALL.indexOf(nameOf(one))].split(':')[1])));
  });

  it('CVAT, labelme and Label Studio', () => {
    const cvat = textOf('annotations.cvat.xml');
    expect([...cvat.matchAll(/<name>(.*)<\/name>/g)].map(([, name]) => name)).toEqual(ALL);
    expect([...cvat.matchAll(/<mask label="([^"]*)"/g)].map(([, name]) => name)).toEqual(everyName());
    const labelme = jsonOf('a.labelme.json').shapes.map(({ label }: { label: string }) => label);
    expect(new Set(labelme)).toEqual(new Set(segments.a.map(nameOf)));
    const predictions = jsonOf('annotations.label-studio.json').flatMap((task: { predictions: object[] }) => task.predictions);
    const regions = predictions.flatMap(({ result }: { result: object[] }) => result);
    expect(regions.map((one: { value: { brushlabels: string[] } }) => one.value.brushlabels[0])).toEqual(everyName());
    expect(regions.map(({ score }: Segment) => score)).toEqual(everyScore());
    const own = segments.a.flatMap(({ score }) => score ?? []);
    expect(predictions[0].score).toBeCloseTo(own.reduce((p, q) => p + q) / own.length, 9);
  });

  it('GeoJSON, SVG, ImageJ and tables, a name in one colour', () => {
    const { features } = jsonOf('a.geojson');
    const told = features.map(({ properties }: { properties: { name: string; score?: number } }) => [properties.name, properties.score]);
    expect(told).toEqual(segments.a.map((one) => [nameOf(one), one.score]));
    const svg = [...textOf('a.svg').matchAll(/data-name="([^"]*)"/g)].map(([, name]) => name);
    expect(svg).toEqual(segments.a.map(nameOf));
    expect(textOf('a.svg').match(/data-score/g)).toHaveLength(segments.a.filter(({ score }) => score !== undefined).length);
    const rois = Object.keys(unzipSync(readFileSync(out('a.rois.zip'))));
    expect(rois.sort()).toEqual(segments.a.map((one) => `${nameOf(one)}-${one.id}.roi`).sort());
    const rows = textOf('segments.csv')
      .trim()
      .split('\r\n')
      .map((row) => row.split(','));
    const column = (name: string): string[] => rows.slice(1).map((row) => row[rows[0].indexOf(name)]);
    expect(column('name')).toEqual(everyName());
    expect(column('score').map((score) => (score === '' ? undefined : expect.closeTo(Number(score), 5)))).toEqual(everyScore());
    const byName = new Map(column('colour').map((colour, i) => [everyName()[i], colour]));
    expect(column('colour')).toEqual(everyName().map((name) => byName.get(name)));
    expect(byName.get('segment')).toBe('#808080');
    expect(features.map(({ properties }: { properties: { fill: string } }) => properties.fill)).toEqual(column('colour').slice(0, segments.a.length));
  });

  it('the colours of label maps', async () => {
    const { data } = await sharp(out('a.png')).raw().toBuffer({ resolveWithObject: true });
    const palette = segmentPalette(NAMES.length);
    const wanted = segments.a.map(({ name }) =>
      name === undefined ? [128, 128, 128] : [...palette.subarray(3 * NAMES.indexOf(name)).subarray(0, 3)],
    );
    const shown = new Set(Array.from({ length: data.length / 3 }, (_, i) => data.subarray(3 * i, 3 * i + 3).join(',')));
    expect(shown).toEqual(new Set(wanted.map(String)));
  });

  it('what "diffcut convert" makes of the label maps: the same, the list in its order', async () => {
    const to = 'coco,yolo,cvat,label-studio,csv,geojson';
    expect(await runCli('convert', out(), '--to', to, '-o', at('again'), '--quiet')).toMatchObject({ code: 0, err: '' });
    const again = (name: string): string => readFileSync(at('again', name), 'utf8');
    for (const name of ['annotations.coco.json', 'annotations.cvat.xml', 'annotations.label-studio.json', 'a.geojson', 'segments.csv'])
      expect([name, again(name)]).toEqual([name, textOf(name)]);
    expect(again(join('yolo', 'data.yaml'))).toBe(textOf('yolo', 'data.yaml'));
  });

  it.each([
    ['coco-panoptic/panoptic.json', ['picture', 'name', 'area', 'colour']],
    ['annotations.coco.json', ['picture', 'name', 'area']],
  ])('what it makes of %s: the list in its order, and all that the file tells', async (from, columns) => {
    const to = at(from.replace(/\W/g, ' '));
    expect(await runCli('convert', out(...from.split('/')), '--to', 'csv,yolo', '-o', to, '--quiet')).toMatchObject({ code: 0, err: '' });
    const rowsOf = (text: string): string[][] => {
      const [head, ...rows] = text
        .trim()
        .split('\r\n')
        .map((row) => row.split(','));
      return rows.map((row) => columns.map((name) => row[head.indexOf(name)]));
    };
    expect(rowsOf(readFileSync(join(to, 'segments.csv'), 'utf8'))).toEqual(rowsOf(textOf('segments.csv')));
    expect(readFileSync(join(to, 'yolo', 'data.yaml'), 'utf8')).toBe(textOf('yolo', 'data.yaml'));
  });

  it('no set that tells fewer apart: which is said before any picture is read', async () => {
    writeFileSync(at('many.txt'), Array.from({ length: 255 }, (_, i) => `name ${i}`).join('\n'));
    const { code, err } = await runCli('segment', at('a.png'), '--vocabulary', at('many.txt'), '--names-model', at('plain-vit'), '--format', 'voc');
    expect(err).toMatch(/^diffcut: The format voc tells 254 names apart, and there are 255: give fewer, or another format/);
    expect(code).toBe(2);
  });
});
