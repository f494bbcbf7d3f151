/** Formats of whole sets, from `diffcut segment` and from `diffcut convert`: in this process, once each the built command line in a child process. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { decodeLabelPng, encodeIndexedPng, encodeLabelTiff, encodePng, type LabelMap, readNpy, SETS } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder = '';
const at = (...parts: string[]): string => join(folder, ...parts);
const executable = (...args: string[]) => {
  const { status: code, stdout: out, stderr: err } = spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' });
  return { code, out, err };
};
const SEGMENT = ['segment', 'in', '--size', '64', '--quiet', '--jobs', '1'];
const segment = (...args: string[]) => runCli(...SEGMENT, ...args);
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
  expect(executable(...SEGMENT, '-o', 'out', '--format', `overlay,labelme,${ALL}`)).toMatchObject({ code: 0, err: '' });
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
});

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

  it('makes the same set again where a batch is resumed, also after another picture came', async () => {
    cpSync(at('out'), at('again'), { recursive: true, preserveTimestamps: true });
    const before = filesIn('again');
    expect(await segment('-o', 'again', '--format', `overlay,labelme,${ALL}`, '--resume')).toMatchObject({ code: 0, err: '' });
    expect(filesIn('again')).toEqual(before);
    rmSync(at('again', 'b.png'));
    expect((await segment('-o', 'again', '--format', `overlay,labelme,${ALL}`, '--resume')).code).toBe(0);
    expect(Object.keys(filesIn('again'))).toEqual(Object.keys(before));
    expect(jsonAt('again', 'annotations.coco.json')).toEqual(jsonAt('out', 'annotations.coco.json'));
  });

  it('keeps what is of others in the place of a set, and names it', async () => {
    mkdirSync(at('full', 'voc'), { recursive: true });
    writeFileSync(at('full', 'voc', 'mine.txt'), 'x');
    const { code, err } = await segment('-o', 'full', '--format', 'voc');
    expect([code, err]).toEqual([1, expect.stringMatching(/voc".* was not written here, or was changed since: move it away/)]);
    expect(readFileSync(at('full', 'voc', 'mine.txt'), 'utf8')).toBe('x');
    expect(shown('full').sort()).toEqual(['a.json', 'a.png', 'b.json', 'b.png', 'voc']);
  });

  it('numbers segments from another id, with 0 for the background', async () => {
    expect((await segment('-o', 'from1', '--format', 'labels,json,npy,coco', '--first-id', '1', '--background', 'largest')).code).toBe(0);
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

  it.skipIf(process.platform === 'win32')('leaves a picture out of sets whose name they cannot hold, and says so', async () => {
    mkdirSync(at('odd'));
    for (const name of ['back\\slash.png', 'new\nline.png', 'good.png']) cpSync(at('in', 'a.png'), at('odd', name));
    const { code, err } = await runCli('segment', 'odd', '--size', '64', '--quiet', '--jobs', '1', '-o', 'oddly', '--format', 'csv,voc');
    expect([code, err.trim().split('\n')]).toEqual([
      1,
      ['back\\slash', 'new\\u000aline'].map((name) => expect.stringContaining(`odd/${name}.png: A picture of the set is called`)),
    ]);
    expect(shown('oddly/voc/SegmentationClass')).toEqual(['good.png']);
    expect(existsSync(at('oddly', 'back\\slash.png'))).toBe(true);
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
  ])('refuses %s', async (_, args, sentence) => {
    const { code, err } = await segment(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
    expect(existsSync(at('x'))).toBe(false);
  });
});

describe('convert', () => {
  it('makes of the folder of a batch the sets that the batch makes', async () => {
    expect(executable('convert', 'out', '--to', ALL, '-o', 'sets', '--images', 'in', '--quiet')).toMatchObject({ code: 0, err: '' });
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
  ])('reads %s: the same map again', async (name, path) => {
    const to = `back ${name}`;
    expect(await runCli('convert', path, '--to', 'labels,geotiff', '-o', to, '--quiet')).toMatchObject({ code: 0, err: '' });
    expect(isSame(mapAt(to, 'a.png'), mapAt('out', 'a.png'))).toBe(true);
    expect((await runCli('convert', `${to}/a.labels.tif`, '--to', 'labels', '-o', `${to}/tif`, '--quiet')).code).toBe(0);
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
    const { code, err, out } = await runCli('convert', 'mixed', '--to', 'csv', '-o', 'named', '--json', '--background', 'zero');
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

  const SQUARE = [[0, 0, 2, 0, 2, 2, 0, 2]];
  /** A file of COCO's, a picture a name. @param masks of some of them */
  const writeCoco = (path: string, names: readonly string[], masks: Record<string, unknown> = {}): void => {
    const images = names.map((file_name, id) => ({ id, file_name, width: 4, height: 3 }));
    const annotations = images.map(({ id, file_name }) => ({ id, image_id: id, category_id: 1, segmentation: masks[file_name] ?? SQUARE }));
    writeFileSync(at(path), JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'cat' }] }));
  };

  it('keeps where a picture lies on the earth, also of label maps of several formats side by side', async () => {
    const labels = { data: Int32Array.of(0, 0, 1, 1), width: 2, height: 2 };
    const tags = { 33550: [10, 10, 0], 33922: [0, 0, 0, 500_000, 5_200_000, 0], 34735: [1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32_632] };
    mkdirSync(at('map'));
    writeFileSync(at('map', 'place.labels.tif'), await encodeLabelTiff(labels, { geo: { tags } }));
    writeFileSync(at('map', 'place.png'), await encodeIndexedPng(labels));
    expect(await runCli('convert', 'map', '--to', 'geojson,geotiff', '-o', 'mapped', '--quiet')).toMatchObject({ code: 0, err: '' });
    const { crs, features } = jsonAt('mapped', 'place.geojson');
    expect(crs.properties.name).toBe('urn:ogc:def:crs:EPSG::32632');
    expect(features[0].geometry.coordinates[0]).toContainEqual([500_020, 5_199_990]);
    expect((await runCli('convert', 'mapped/place.labels.tif', '--to', 'geojson', '-o', 'mapped/again', '--quiet')).code).toBe(0);
    expect(jsonAt('mapped/again', 'place.geojson')).toMatchObject({ crs, features: features.map(({ geometry }: never) => ({ geometry })) });
  });

  it('goes past a broken picture of a file of many, and says which', async () => {
    writeCoco('many.json', ['one.jpg', 'two.jpg', 'three.jpg'], { 'two.jpg': { size: [3, 4], counts: [5] } });
    const { code, err } = await runCli('convert', 'many.json', '--to', 'labels,csv', '-o', 'past', '--quiet');
    expect([code, err]).toEqual([1, expect.stringMatching(/^diffcut: many\.json: "two\.jpg": Run-length counts cover 5 pixels .*\n$/)]);
    expect(shown('past').sort()).toEqual(['one.png', 'segments.csv', 'three.png']);
    expect(readFileSync(at('past', 'segments.csv'), 'utf8').match(/^(one|three)\.jpg,1,cat/gm)).toHaveLength(2);
  });

  it('says of a file without pictures that it has none', async () => {
    writeCoco('none.json', []);
    expect(await runCli('convert', 'none.json', '--to', 'labels', '-o', 'never')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/none\.json: Its list "images" is empty/),
    });
  });

  it('writes nothing outside of the folder, wherever files say that their pictures lie', async () => {
    mkdirSync(at('deep'));
    writeCoco('deep/coco.json', ['../../up.jpg', '/etc/root.jpg', 'C:\\data\\drive.jpg', 'https://a.org/web.jpg', '..']);
    writeFileSync(at('deep', 'own.png'), await encodeIndexedPng({ data: Int32Array.of(0, 1), width: 2, height: 1 }));
    writeFileSync(at('deep', 'own.json'), JSON.stringify({ picture: { name: '../../../beside.jpg' }, segments: [] }));
    expect(await runCli('convert', 'deep', '--to', 'labels,coco', '-o', 'deep/in/side', '--quiet')).toMatchObject({ code: 0, err: '' });
    const inside = ['a.org/web.png', 'beside.png', 'data/drive.png', 'etc/root.png', 'picture.png', 'up.png'];
    expect(Object.keys(filesIn('deep')).sort()).toEqual(
      ['coco.json', ...[...inside, 'annotations.coco.json'].map((name) => `in/side/${name}`), 'own.json', 'own.png'].sort(),
    );
  });

  it('finds the picture of each label map by its folders, and none among files of other kinds', async () => {
    for (const name of ['a', 'b']) mkdirSync(at('pictures', name), { recursive: true });
    writeFileSync(at('pictures', 'a', 'same.jpg'), 'that of a');
    writeFileSync(at('pictures', 'b', 'same.jpg'), 'that of b');
    writeFileSync(at('pictures', 'b', 'same.json'), 'no picture');
    writeFileSync(at('pictures', 'b', 'alone.jpg'), 'the only one');
    writeCoco('pairs.json', ['a/same.png', 'b/same.png', 'alone.png', 'c/same.png']);
    const { code, err } = await runCli('convert', 'pairs.json', '--to', 'yolo', '-o', 'paired', '--images', 'pictures', '--quiet');
    expect([code, err]).toEqual([1, expect.stringMatching(/"c\/same\.png" may be "pictures.a.same\.jpg" or "pictures.b.same\.jpg": give --images/)]);
    const images = Object.entries(filesIn('paired/yolo/images/train')).map(([path, content]) => [path, Buffer.from(content, 'base64').toString()]);
    expect(Object.fromEntries(images)).toEqual({ 'a/same.jpg': 'that of a', 'b/same.jpg': 'that of b', 'alone.jpg': 'the only one' });
  });

  it('replaces what the same command made, and not what another one did', async () => {
    for (const to of ['npy', 'coco', 'csv,coco']) {
      const convert = (...args: string[]) => runCli('convert', 'out/a.png', '--to', to, '-o', `alike-${to}`, '--quiet', ...args);
      for (let i = 0; i < 2; i++) expect(await convert()).toEqual({ code: 0, out: '', err: '' });
      const before = filesIn(`alike-${to}`);
      const { code, err } = await convert('--first-id', '5');
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/was made otherwise \(firstId the default there, 5 asked for\): --overwrite replaces it/),
      ]);
      expect(filesIn(`alike-${to}`)).toEqual(before);
      expect(await convert('--first-id', '5', '--overwrite')).toMatchObject({ code: 0 });
    }
  });

  it('writes one file where that is asked for, and no other in its place', async () => {
    expect((await runCli('convert', 'out/a.png', '--to', 'svg', '-o', 'a.svg', '--tolerance', '1')).code).toBe(0);
    expect(readFileSync(at('a.svg'), 'utf8')).toMatch(/^<(\?xml|svg)/);
    writeFileSync(at('other.svg'), 'mine');
    expect(await runCli('convert', 'out/a.png', '--to', 'svg', '-o', 'other.svg')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/"other\.svg" exists: --overwrite/),
    });
    expect(readFileSync(at('other.svg'), 'utf8')).toBe('mine');
    expect((await runCli('convert', 'out/a.png', '--to', 'svg', '-o', 'other.svg', '--overwrite')).code).toBe(0);
    expect(await runCli('convert', 'out', '--to', 'svg', '-o', 'two.svg')).toMatchObject({ code: 1 }); // two pictures in one file
  });

  it('keeps label maps of one name apart by --name, and tells of them before any set is begun', async () => {
    for (const [i, name] of ['left', 'right'].entries()) {
      mkdirSync(at('both', name), { recursive: true });
      writeFileSync(at('both', name, 'x.png'), await encodeIndexedPng({ data: Int32Array.of(i, 2), width: 2, height: 1 }));
    }
    const both = ['convert', 'both/left', 'both/right', '--quiet'];
    for (const [set, sentence] of [
      ['coco', /^diffcut: Two pictures of the set are called "x\.png": .*, or --name path puts their folders before it\n$/],
      ['yolo', /^diffcut: Two pictures of the set are called/],
    ] as const) {
      expect(await runCli(...both, '--to', `npy,${set}`, '-o', 'clash')).toEqual({ code: 1, out: '', err: expect.stringMatching(sentence) });
      expect(existsSync(at('clash'))).toBe(false);
    }
    const refused = await runCli(...both, '--to', 'npy', '-o', 'clash');
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/"x\.png" would be written to .*--name path keeps their folders/)]);
    expect(await runCli(...both, '--to', 'npy,coco', '-o', 'apart', '--name', 'path')).toMatchObject({ code: 0, err: '' });
    expect(Object.keys(filesIn('apart')).sort()).toEqual(['annotations.coco.json', 'both/left/x.png.npy', 'both/right/x.png.npy']);
    expect(jsonAt('apart', 'annotations.coco.json').images.map((one: { file_name: string }) => one.file_name)).toEqual([
      'both/left/x.png',
      'both/right/x.png',
    ]);
    expect(await runCli('convert', 'both', '--recursive', '--to', 'npy', '-o', 'whole', '--name', 'full', '--quiet')).toMatchObject({ code: 0 });
    expect(Object.keys(filesIn('whole')).sort()).toEqual(['left/x.png.npy', 'right/x.png.npy']);
  });

  it.each<[string, string[], number, RegExp]>([
    ['nothing there', ['nowhere', '--to', 'coco'], 1, /"nowhere" does not exist: check the path/],
    ['a folder without labels', ['empty', '--to', 'coco'], 1, /"empty" holds no label map/],
    ['a picture', ['in/a.png', '--to', 'coco'], 1, /in\/a\.png/],
    ['JSON that is longer than a text may be', ['long.json', '--to', 'coco'], 1, /"long\.json" has 600000000 bytes: split it into files/],
    ['what has no labels in it', ['alone.json', '--to', 'coco'], 1, /"alone\.json" tells of segments without their pixels/],
    ['no format', ['out'], 2, /--to/],
    ['what wants the picture itself', ['out', '--to', 'overlay'], 2, /Unknown format "overlay"/],
  ])('says a sentence of %s', async (_, args, exit, sentence) => {
    mkdirSync(at('empty'), { recursive: true });
    cpSync(at('out', 'a.json'), at('alone.json'));
    writeFileSync(at('long.json'), '');
    truncateSync(at('long.json'), 600_000_000); // a hole
    const { code, err } = await runCli('convert', ...args, '-o', 'never');
    expect([code, err]).toEqual([exit, expect.stringMatching(sentence)]);
    expect(err).not.toMatch(/ at .*\.js:/);
    expect(existsSync(at('never'))).toBe(false);
  });
});
