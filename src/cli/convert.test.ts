/** Formats of whole sets, from `diffcut segment` and from `diffcut convert`: the built command line in a child process. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeLabelPng, encodeIndexedPng, encodePng, type LabelMap, readNpy, SETS } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder = '';
const at = (...parts: string[]): string => join(folder, ...parts);
const diffcut = (...args: string[]) => {
  const { status: code, stdout: out, stderr: err } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' });
  return { code, out, err };
};
const segment = (...args: string[]) => diffcut('segment', 'in', '--size', '64', '--quiet', '--jobs', '1', ...args);
const jsonAt = (...parts: string[]) => JSON.parse(readFileSync(at(...parts), 'utf8'));
const shown = (path: string): string[] => readdirSync(at(path)).filter((name) => !name.startsWith('.'));
/** Every file of a folder, by path, with its content. */
const filesIn = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(at(path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(({ parentPath, name }) => [join(parentPath, name).slice(at(path).length + 1), readFileSync(join(parentPath, name), 'base64')]),
  );

/** The same partition, whatever the ids. */
const isSame = (a: LabelMap, b: LabelMap): boolean => {
  const [there, back] = [new Map<number, number>(), new Map<number, number>()];
  for (let i = 0; i < a.data.length; i++) {
    if ((there.get(a.data[i]) ?? b.data[i]) !== b.data[i] || (back.get(b.data[i]) ?? a.data[i]) !== a.data[i]) return false;
    there.set(a.data[i], b.data[i]);
    back.set(b.data[i], a.data[i]);
  }
  return a.width === b.width && a.height === b.height;
};
const mapAt = (...parts: string[]): LabelMap => decodeLabelPng(readFileSync(at(...parts)));

const ALL = Object.keys(SETS).join(',');

beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  folder = mkdtempSync(join(tmpdir(), 'diffcut convert ü '));
  mkdirSync(at('in'));
  for (const [name, cut] of Object.entries({ 'a.png': 60, 'b.png': 90 }))
    writeFileSync(
      at('in', name),
      await encodePng({ data: new Uint8Array(40 * 30 * 3).map((_, i) => (i % 120 < cut ? 30 : 220)), width: 40, height: 30 }),
    );
  expect(segment('-o', 'out', '--format', `overlay,labelme,${ALL}`)).toMatchObject({ code: 0, err: '' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('segment --format', () => {
  it('writes sets of all pictures, with the label maps that they are made from', () => {
    expect(shown('out').sort()).toEqual(
      [
        ...['a', 'b'].flatMap((stem) => ['.json', '.labelme.json', '.overlay.jpg', '.png'].map((suffix) => stem + suffix)),
        ...Object.values(SETS).map(({ path }) => path),
      ].sort(),
    );
    const { images, annotations, categories } = jsonAt('out', 'annotations.coco.json');
    expect(images.map((image: { file_name: string }) => image.file_name)).toEqual(['a.png', 'b.png']);
    expect(annotations.length).toBe(new Set(mapAt('out', 'a.png').data).size + new Set(mapAt('out', 'b.png').data).size);
    expect(categories).toMatchObject([{ id: 1, name: 'segment' }]);
    expect(shown('out/yolo/images/train').sort()).toEqual(['a.png', 'b.png']); // the pictures themselves
  });

  it('makes the same set again where a batch is resumed, also after another picture came', () => {
    cpSync(at('out'), at('again'), { recursive: true, preserveTimestamps: true });
    const before = filesIn('again');
    expect(segment('-o', 'again', '--format', `overlay,labelme,${ALL}`, '--resume')).toMatchObject({ code: 0, err: '' });
    expect(filesIn('again')).toEqual(before);
    rmSync(at('again', 'b.png'));
    expect(segment('-o', 'again', '--format', `overlay,labelme,${ALL}`, '--resume').code).toBe(0);
    expect(Object.keys(filesIn('again'))).toEqual(Object.keys(before));
    expect(jsonAt('again', 'annotations.coco.json')).toEqual(jsonAt('out', 'annotations.coco.json'));
  });

  it('keeps what is of others in the place of a set, and names it', () => {
    mkdirSync(at('full', 'voc'), { recursive: true });
    writeFileSync(at('full', 'voc', 'mine.txt'), 'x');
    const { code, err } = segment('-o', 'full', '--format', 'voc');
    expect([code, err]).toEqual([1, expect.stringMatching(/voc".* was not written here, or was changed since: move it away/)]);
    expect(readFileSync(at('full', 'voc', 'mine.txt'), 'utf8')).toBe('x');
    expect(shown('full').sort()).toEqual(['a.json', 'a.png', 'b.json', 'b.png', 'voc']);
  });

  it('numbers segments from another id, with 0 for the background', () => {
    expect(segment('-o', 'from1', '--format', 'labels,json,npy,coco', '--first-id', '1', '--background', 'largest').code).toBe(0);
    const [labels, whole] = [mapAt('from1', 'a.png'), mapAt('out', 'a.png')];
    expect(isSame(labels, whole)).toBe(true);
    const { segments } = jsonAt('from1', 'a.json');
    expect(segments.map(({ id }: { id: number }) => id)).toEqual([...new Set(labels.data)].sort((a, b) => a - b));
    expect(segments[0].area).toBe(labels.data.filter((id) => id === 0).length);
    expect(readNpy(readFileSync(at('from1', 'a.npy'))).data).toEqual(labels.data);
    const { annotations } = jsonAt('from1', 'annotations.coco.json');
    const objects = (name: string): number => new Set(mapAt('from1', name).data).size - 1;
    expect(annotations.length).toBe(objects('a.png') + objects('b.png'));
  });

  it.each<[string, string[], RegExp]>([
    ['a set in a file', ['-o', 'x.coco.json', '--format', 'coco'], /The format coco is of all pictures together: give a folder with -o/],
    ['a set of pictures that never end', ['-o', 'x', '--format', 'coco', '--watch'], /--watch has no last picture/],
    [
      'an option that no format takes',
      ['-o', 'x', '--format', 'npy', '--tolerance', '2'],
      /--tolerance goes with .*svg.*: none of them is asked for/,
    ],
    ['a format that is none', ['-o', 'x', '--format', 'cocoo'], /Unknown format "cocoo": did you mean "coco"\?/],
  ])('refuses %s', (_, args, sentence) => {
    const { code, err } = segment(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
    expect(existsSync(at('x'))).toBe(false);
  });
});

describe('convert', () => {
  it('makes of the folder of a batch the sets that the batch makes', () => {
    expect(diffcut('convert', 'out', '--to', ALL, '-o', 'sets', '--images', 'in', '--quiet')).toMatchObject({ code: 0, err: '' });
    const made = filesIn('sets');
    for (const [path, content] of Object.entries(made)) expect([path, content === filesIn('out')[path]]).toEqual([path, true]);
    expect(Object.keys(made).length).toBe(Object.keys(filesIn('out')).length - shown('out').filter((name) => /^[ab]\./.test(name)).length);
  });

  it.each([
    ['COCO', 'out/annotations.coco.json'],
    ['panoptic COCO', 'out/coco-panoptic/panoptic.json'],
    ['labelme', 'out/a.labelme.json'],
    ['a label map', 'out/a.png'],
    ['what lies beside it', 'out/a.json'],
  ])('reads %s: the same map again', (name, path) => {
    const to = `back ${name}`;
    expect(diffcut('convert', path, '--to', 'labels,geotiff', '-o', to, '--quiet')).toMatchObject({ code: 0, err: '' });
    expect(isSame(mapAt(to, 'a.png'), mapAt('out', 'a.png'))).toBe(true);
    expect(diffcut('convert', `${to}/a.labels.tif`, '--to', 'labels', '-o', `${to}/tif`, '--quiet').code).toBe(0);
    expect(isSame(mapAt(to, 'tif', 'a.png'), mapAt('out', 'a.png'))).toBe(true);
  });

  it('keeps names, and goes past what is broken', async () => {
    mkdirSync(at('mixed'));
    const labels = { data: Int32Array.of(0, 0, 1, 1, 2, 2), width: 3, height: 2 };
    writeFileSync(at('mixed', 'a.png'), await encodeIndexedPng(labels));
    writeFileSync(
      at('mixed', 'a.json'),
      JSON.stringify({
        picture: { name: 'photo.jpg' },
        segments: [
          { id: 1, name: 'horse' },
          { id: 2, name: '=1+1' },
        ],
      }),
    );
    writeFileSync(at('mixed', 'b.png'), 'nothing');
    writeFileSync(at('mixed', 'c.json'), '{');
    const { code, err, out } = diffcut('convert', 'mixed', '--to', 'csv', '-o', 'named', '--json', '--background', 'zero');
    expect(code).toBe(1);
    expect(err).toMatch(/"mixed\/b\.png"|mixed\/b\.png: /);
    expect(err).toMatch(/"mixed\/c\.json" is not JSON/);
    expect(readFileSync(at('named', 'segments.csv'), 'utf8').split('\n').slice(1, 3)).toEqual([
      expect.stringMatching(/^photo\.jpg,1,horse,2,/),
      expect.stringMatching(/^photo\.jpg,2,'=1\+1,2,/),
    ]);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { path: 'mixed/a.png', name: 'photo.jpg', segments: 3, outputs: [] },
      { sets: ['named/segments.csv'] },
      { path: 'mixed/b.png', error: expect.any(String) },
      { path: 'mixed/c.json', error: expect.any(String) },
    ]);
  });

  it('writes one file where that is asked for, and no other in its place', () => {
    expect(diffcut('convert', 'out/a.png', '--to', 'svg', '-o', 'a.svg', '--tolerance', '1').code).toBe(0);
    expect(readFileSync(at('a.svg'), 'utf8')).toMatch(/^<(\?xml|svg)/);
    writeFileSync(at('other.svg'), 'mine');
    expect(diffcut('convert', 'out/a.png', '--to', 'svg', '-o', 'other.svg')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/"other\.svg" exists: --overwrite/),
    });
    expect(readFileSync(at('other.svg'), 'utf8')).toBe('mine');
    expect(diffcut('convert', 'out/a.png', '--to', 'svg', '-o', 'other.svg', '--overwrite').code).toBe(0);
    expect(diffcut('convert', 'out', '--to', 'svg', '-o', 'two.svg')).toMatchObject({ code: 1 }); // two pictures in one file
  });

  it.each<[string, string[], number, RegExp]>([
    ['nothing there', ['nowhere', '--to', 'coco'], 1, /"nowhere" does not exist: check the path/],
    ['a folder without labels', ['empty', '--to', 'coco'], 1, /"empty" holds no label map/],
    ['a picture', ['in/a.png', '--to', 'coco'], 1, /in\/a\.png/],
    ['what has no labels in it', ['alone.json', '--to', 'coco'], 1, /"alone\.json" tells of segments without their pixels/],
    ['no format', ['out'], 2, /--to/],
    ['what wants the picture itself', ['out', '--to', 'overlay'], 2, /Unknown format "overlay"/],
  ])('says a sentence of %s', (_, args, exit, sentence) => {
    mkdirSync(at('empty'), { recursive: true });
    cpSync(at('out', 'a.json'), at('alone.json'));
    const { code, err } = diffcut('convert', ...args, '-o', 'never');
    expect([code, err]).toEqual([exit, expect.stringMatching(sentence)]);
    expect(err).not.toMatch(/ at .*\.js:/);
    expect(existsSync(at('never'))).toBe(false);
  });
});
