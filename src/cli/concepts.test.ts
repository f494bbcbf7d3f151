/** `diffcut concepts`, in this process, with the embedded encoder. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';
import { decodeLabelPng, encodePng, type RgbImage } from '../toolkit.ts';

let folder = '';
const at = (...parts: string[]): string => join(folder, ...parts);
const SMALL = ['--size', '128', '--quiet'];

/** Left half one colour, right half another, with some grain. */
const halves = (width: number, height: number, left: number[], right: number[]): RgbImage => {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    data.set(
      (i % width < width / 2 ? left : right).map((v) => v + ((i * 7) % 5)),
      i * 3,
    );
  return { data, width, height };
};

const labelsOf = (...parts: string[]) => decodeLabelPng(readFileSync(at(...parts)));
const record = (out = 'out') => JSON.parse(readFileSync(at(out, 'concepts.json'), 'utf8'));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut concepts ä '));
  mkdirSync(at('in'));
  const [red, blue, green] = [
    [200, 40, 30],
    [20, 60, 200],
    [30, 160, 60],
  ];
  writeFileSync(at('in', 'a.png'), await encodePng(halves(64, 48, red, blue)));
  writeFileSync(at('in', 'b.png'), await encodePng(halves(48, 64, blue, green)));
  writeFileSync(at('in', 'broken.png'), readFileSync(at('in', 'a.png')).subarray(0, 60));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('diffcut concepts', () => {
  it('gives one id and colour to a thing in all pictures, tells of a broken one, and goes on where it stopped', async () => {
    const first = await runCli('concepts', at('in'), '-o', at('out'), '--k', '3', ...SMALL);
    expect(first.code).toBe(1);
    expect(first.err).toMatch(/broken\.png/);
    expect(readdirSync(at('out')).sort()).toEqual(['.diffcut.jsonl', 'concepts.html', 'concepts.json', 'labels', 'segments']);
    const { concepts, pictures } = record();
    expect(pictures.map(({ labels }: { labels: string }) => labels)).toEqual(['labels/a.png', 'labels/b.png']);
    for (const { labels, segments } of pictures) {
      const ids = new Set(labelsOf('out', labels).data);
      expect(ids).toEqual(new Set(segments.map(([, concept]: number[]) => concept)));
      expect(Math.max(...ids)).toBeLessThan(concepts.length);
    }
    const { width, height } = labelsOf('out', 'labels', 'b.png');
    expect([width, height]).toEqual([48, 64]);
    expect(readFileSync(at('out', 'concepts.html'), 'utf8')).toContain('data:image/png;base64,');

    rmSync(at('in', 'broken.png'));
    const kept = statSync(at('out', 'segments', 'a', 'vectors.npy')).mtimeMs;
    const second = await runCli('concepts', at('in'), '-o', at('out'), '--k', '2', ...SMALL);
    expect([second.code, second.err]).toEqual([0, '']);
    expect(statSync(at('out', 'segments', 'a', 'vectors.npy')).mtimeMs).toBe(kept);
    expect(record().concepts).toHaveLength(2);
  });

  it('places other pictures in the concepts of a run, renamed and merged', async () => {
    const before = record();
    const [one, other] = before.concepts;
    const merged = { ...before, concepts: [{ ...one, name: 'walls', vectors: [...one.vectors, ...other.vectors] }], pictures: [] };
    writeFileSync(at('edited.json'), JSON.stringify(merged));
    const { code, out } = await runCli('concepts', at('in', 'b.png'), '-o', at('placed'), '--assign', at('edited.json'), '--json', ...SMALL);
    expect(code).toBe(0);
    expect(JSON.parse(out).concepts).toMatchObject([{ id: 0, name: 'walls', colour: one.colour, pictures: 1 }]);
    expect(new Set(labelsOf('placed', 'labels', 'b.png').data)).toEqual(new Set([0]));
    const same = await runCli('concepts', at('in'), '-o', at('again'), '--assign', at('out', 'concepts.json'), ...SMALL);
    expect(same.code).toBe(0);
    expect(record('again').pictures).toEqual(before.pictures);
  });

  it('ranks pictures by what is like a place of another one', async () => {
    const asked = ['--reference', at('in', 'a.png'), '--point', '5,20']; // red, which only a has
    const { code, out } = await runCli('concepts', at('in'), '-o', at('out'), ...asked, '--json', ...SMALL);
    expect(code).toBe(0);
    const { found } = JSON.parse(readFileSync(at('out', 'found.json'), 'utf8'));
    expect(found.map(({ path }: { path: string }) => path)).toEqual([at('in', 'a.png'), at('in', 'b.png')]);
    expect(found[0].cosine).toBeGreaterThan(found[1].cosine);
    expect(JSON.parse(out).found).toEqual(found);
    const outside = ['--reference', at('in', 'a.png'), '--point', '99,20', '--encoder', 'dinov2-b']; // told before the model is asked for
    expect((await runCli('concepts', at('in'), '-o', at('nowhere'), ...outside)).err).toMatch(/99,20 is outside/);
  });

  it('takes a ranking away that is not of this run, but no file of others', async () => {
    await runCli('concepts', at('in'), '-o', at('out'), ...SMALL);
    expect(existsSync(at('out', 'found.json'))).toBe(false);
    writeFileSync(at('out', 'found.json'), 'mine');
    expect((await runCli('concepts', at('in'), '-o', at('out'), ...SMALL)).code).toBe(0);
    expect(readFileSync(at('out', 'found.json'), 'utf8')).toBe('mine');
    rmSync(at('out', 'found.json'));
  });

  it('cuts a few pictures as one, and places others by what was found', async () => {
    cpSync(at('in', 'a.png'), at('c.png'));
    const { code, err } = await runCli('concepts', at('in'), at('c.png'), '-o', at('together'), '--together', '--k', '4', ...SMALL);
    expect([code, err]).toEqual([0, '']);
    expect(readdirSync(at('together')).sort()).toEqual(['.diffcut.jsonl', 'concepts.html', 'concepts.json', 'labels']);
    const { concepts, pictures, settings } = record('together');
    expect([concepts.length, settings.together]).toEqual([4, true]);
    const [a, b, c] = ['a.png', 'b.png', 'c.png'].map((name) => labelsOf('together', 'labels', name));
    expect([a.width, a.height, b.width, b.height]).toEqual([64, 48, 48, 64]);
    expect(c.data).toEqual(a.data);
    expect(a.data[20 * 64 + 5]).not.toBe(a.data[20 * 64 + 60]);
    for (const [i, map] of [a, b].entries()) expect(new Set(map.data)).toEqual(new Set(pictures[i].segments.map(([, concept]: number[]) => concept)));
    const placed = await runCli('concepts', at('c.png'), '-o', at('by'), '--assign', at('together', 'concepts.json'), ...SMALL);
    expect(placed.code).toBe(0);
    expect(labelsOf('by', 'labels', 'c.png').data[20 * 64 + 5]).toBe(a.data[20 * 64 + 5]);
  });

  it('gives names to other tools, and none where the ids have changed since', async () => {
    await runCli('concepts', at('in'), '-o', at('named'), '--k', '3', ...SMALL);
    const before = record('named');
    const names = ['sky', undefined, 'meadow'];
    const renamed = { ...before, concepts: before.concepts.map((one: object, id: number) => ({ ...one, name: names[id] })) };
    writeFileSync(at('renamed.json'), JSON.stringify(renamed));
    const coco = async (file: string) =>
      runCli('convert', at('named', 'labels'), '--names', at(file), '--to', 'coco', '-o', at('coco.json'), '--overwrite', '--quiet');
    expect(await coco('renamed.json')).toMatchObject({ code: 0, err: '' });
    const { annotations, categories } = JSON.parse(readFileSync(at('coco.json'), 'utf8'));
    expect(new Set(categories.map(({ name }: { name: string }) => name))).toEqual(new Set(['sky', 'concept 1', 'meadow']));
    expect(annotations).toHaveLength(
      before.pictures.flatMap(({ segments }: { segments: number[][] }) => [...new Set(segments.map(([, of]) => of))]).length,
    );
    const [zero, one, two] = before.concepts;
    const of = [0, 0, 1]; // the first two are one now
    const pictures = before.pictures.map((picture: { segments: number[][] }) => ({
      ...picture,
      segments: picture.segments.map(([id, concept, ...rest]) => [id, of[concept], ...rest]),
    }));
    const merged = [
      { ...zero, vectors: [...zero.vectors, ...one.vectors] },
      { ...two, id: 1 },
    ];
    writeFileSync(at('merged.json'), JSON.stringify({ ...before, concepts: merged, pictures }));
    const refused = await coco('merged.json');
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/has the id \d, which the file of --names does not tell of: .*--assign/)]);
    await runCli('concepts', at('in'), '-o', at('named'), '--assign', at('merged.json'), ...SMALL);
    expect((await coco('merged.json')).code).toBe(0);
  });

  it('tells of label maps that the file of names does not vouch for', async () => {
    const convert = (labels: string, names: string, ...more: string[]) =>
      runCli('convert', at(labels), '--names', at(names), '--to', 'csv', '-o', at('csv'), '--overwrite', ...more);
    const own = await convert('out/labels', 'out/concepts.json');
    expect([own.code, own.err]).toEqual([0, expect.not.stringMatching(/does not tell/)]);
    cpSync(at('out', 'labels'), at('moved', 'labels'), { recursive: true });
    expect((await convert('moved/labels', 'out/concepts.json')).err).not.toMatch(/does not tell/);
    writeFileSync(at('silent.json'), JSON.stringify({ ...record(), pictures: [] }));
    const others = record().pictures.map((picture: { segments: number[][] }) => ({
      ...picture,
      segments: picture.segments.map(([id, of, share, cosine]) => [id, of, share / 2, cosine]), // of one name, from another run
    }));
    writeFileSync(at('others.json'), JSON.stringify({ ...record(), pictures: others }));
    for (const names of ['silent.json', 'others.json']) {
      const { code, err } = await convert('out/labels', names);
      expect([code, err.match(/does not tell of ".*a\.png" and 1 more as they are: .*--assign/g)]).toEqual([0, [expect.any(String)]]);
    }
    expect((await convert('out/labels', 'silent.json', '--quiet')).err).toBe('');
  });

  it('tells faults of outputs and of given concepts before any picture is cut', async () => {
    writeFileSync(at('file'), '');
    mkdirSync(at('full', 'labels'), { recursive: true });
    writeFileSync(at('full', 'labels', 'note.txt'), 'mine');
    for (const out of ['taken', 'below']) mkdirSync(at(out, 'segments'), { recursive: true });
    writeFileSync(at('taken', 'segments', 'b'), 'mine');
    writeFileSync(at('below', 'segments', 'more'), 'mine');
    mkdirSync(at('in', 'more'));
    cpSync(at('in', 'a.png'), at('in', 'more', 'a.png'));
    mkdirSync(at('theirs', 'segments', 'a'), { recursive: true });
    writeFileSync(at('theirs', 'segments', 'a', 'note.txt'), 'mine');
    writeFileSync(at('other.json'), JSON.stringify({ ...record(), encoder: 'dinov2-b' }));
    writeFileSync(at('sized.json'), JSON.stringify({ ...record(), settings: { ...record().settings, size: 64 } }));
    const cases: [string[], RegExp][] = [
      [['-o', at('file')], /file/],
      [['-o', at('full'), '--overwrite'], /labels" was not written here/],
      [['-o', at('taken')], /segments.b" .*a file is in its place/],
      [['-o', at('theirs'), '--overwrite'], /segments.a" was not written here/],
      [['-o', at('below'), '--recursive'], /segments.more" .*a file is in its place/],
      [['-o', at('fresh'), '--assign', at('other.json')], /--encoder dinov2-b/],
      [['-o', at('fresh'), '--assign', at('sized.json')], /option size 64: segments here are to be the same way/],
      [['-o', at('fresh'), '--assign', at('nowhere.json')], /nowhere/],
      [['-o', at('fresh'), '--jobs', '2'], /npm run build/],
    ];
    for (const [args, sentence] of cases) {
      const { code, err } = await runCli('concepts', at('in'), ...args, '--reference', at('gone.png'), '--point', '1,1', ...SMALL);
      expect([code, err]).toEqual([1, expect.stringMatching(sentence)]);
    }
    expect([existsSync(at('fresh')), readdirSync(at('full'))]).toEqual([false, ['labels']]);
    for (const name of ['in/more', 'theirs']) rmSync(at(name), { recursive: true });
  });

  it('tells what failed whatever ends the run', async () => {
    const { encoder, version } = record();
    const concepts = [{ id: 0, colour: '#aabbcc', vectors: [[1, 0]] }];
    writeFileSync(at('narrow.json'), JSON.stringify({ version, encoder, concepts }));
    writeFileSync(at('none.png'), 'no picture');
    const { code, err } = await runCli('concepts', at('none.png'), at('in'), '-o', at('narrow'), '--assign', at('narrow.json'), ...SMALL);
    expect(code).toBe(1);
    expect(err).toMatch(/none\.png/);
    expect(err).toMatch(/concepts of 2 numbers, and segments here have 352/);
  });

  it('refuses more concepts than a label map has room for', async () => {
    const asked = ['--together', '--price', '0', '--size', '512', '--quiet'];
    const { code, err } = await runCli('concepts', at('c.png'), '-o', at('countless'), ...asked);
    expect([code, err]).toEqual([1, expect.stringMatching(/\d+ concepts are more than label maps have room for, 256/)]);
    expect(existsSync(at('countless', 'labels'))).toBe(false);
  });

  it('says that more concepts were asked for than there are segments', async () => {
    const { err } = await runCli('concepts', at('in'), '-o', at('many'), '--k', '200', '--size', '128');
    expect(err).toMatch(/--k 200 is more than there are: \d+ concepts/);
  });

  it('never replaces what it did not write', async () => {
    mkdirSync(at('theirs'));
    writeFileSync(at('theirs', 'concepts.json'), 'mine');
    const { code, err } = await runCli('concepts', at('in', 'a.png'), '-o', at('theirs'), ...SMALL);
    expect([code, readFileSync(at('theirs', 'concepts.json'), 'utf8')]).toEqual([1, 'mine']);
    expect(err).toMatch(/concepts\.json" exists/);
    cpSync(at('out'), at('changed'), { recursive: true, preserveTimestamps: true });
    writeFileSync(at('changed', 'labels', 'note.txt'), 'mine');
    expect((await runCli('concepts', at('in'), '-o', at('changed'), ...SMALL)).code).toBe(1);
    expect(existsSync(at('changed', 'labels', 'note.txt'))).toBe(true);
  });

  it('keeps names that somebody gave, unless they are to be replaced', async () => {
    const { concepts, ...rest } = record();
    cpSync(at('out'), at('named'), { recursive: true, preserveTimestamps: true });
    writeFileSync(
      at('names.json'),
      JSON.stringify({ ...rest, concepts: concepts.map((one: object & { id: number }) => ({ ...one, name: `thing ${one.id}` })) }),
    );
    expect(await runCli('concepts', at('in'), '-o', at('named'), '--assign', at('names.json'), ...SMALL)).toMatchObject({ code: 0 });
    const refused = await runCli('concepts', at('in'), '-o', at('named'), ...SMALL);
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/concepts\.json" has names: --assign takes them along, --overwrite/)]);
    const nameNow = (): unknown => JSON.parse(readFileSync(at('named', 'concepts.json'), 'utf8')).concepts[0].name;
    expect(nameNow()).toBe('thing 0');
    expect(await runCli('concepts', at('in'), '-o', at('named'), '--overwrite', ...SMALL)).toMatchObject({ code: 0 });
    expect(nameNow()).toBeUndefined();
  });

  it('makes nothing of two pictures that would have the same files', async () => {
    mkdirSync(at('twins'));
    for (const name of ['x.png', 'x.jpg', 'y.jpg']) cpSync(at('in', 'a.png'), at('twins', name));
    const { code, err } = await runCli('concepts', at('twins'), '-o', at('twinned'), ...SMALL);
    expect([code, err.match(/would have the files of/g)]).toEqual([1, expect.objectContaining({ length: 2 })]);
    expect(readdirSync(at('twinned', 'labels'))).toEqual(['y.png']);
    const convert = ['convert', at('twinned', 'labels'), '--names', at('twinned', 'concepts.json'), '--to', 'coco', '-o', at('y.json'), '--quiet'];
    expect(await runCli(...convert)).toMatchObject({ code: 0 });
    const nameOf = (): string => JSON.parse(readFileSync(at('y.json'), 'utf8')).images[0].file_name;
    expect(nameOf()).toBe('y.jpg'); // the picture's own name
    const { pictures, ...rest } = record('twinned');
    for (const path of ['..', '/etc/..', '..\\..', '']) {
      const strange = { ...rest, pictures: pictures.map((one: object) => ({ ...one, path })) };
      writeFileSync(at('twinned', 'concepts.json'), JSON.stringify(strange));
      expect(await runCli(...convert, '--overwrite')).toMatchObject({ code: 0 });
      expect(nameOf(), path).toMatch(/^\w+$/); // and nowhere else than below the output
    }
  });

  it.each([
    [['--k', '0'], 2, /from 1 to 256/],
    [['--k', '2', '--price', '0.1'], 2, /cannot be used with/],
    [['--assign', 'x.json', '--k', '2'], 2, /cannot be used with/],
    [['-o', '-'], 2, /give a folder/],
    [['--reference', 'a.png'], 2, /go together/],
    [['--reference', 'nowhere.png', '--point', '1,1'], 1, /nowhere\.png/],
    [['--reference', 'nowhere.png', '--point', '1,1', '--encoder', 'dinov2-b'], 1, /nowhere\.png/], // before the model
    [['--assign', 'nowhere.json'], 1, /nowhere\.json/],
    [['--reference', 'a.png', '--reference', 'b.png', '--point', '1,1'], 2, /given before/],
    [['--together', '--jobs', '2'], 2, /cannot be used with/],
    [['--together', '--assign', 'x.json'], 2, /cannot be used with/],
  ])('refuses %j', async (args, code, sentence) => {
    const told = await runCli('concepts', at('in', 'a.png'), '-o', at('out'), ...args, ...SMALL);
    expect([told.code, told.err]).toEqual([code, expect.stringMatching(sentence)]);
    expect(told.err).not.toMatch(/unexpected/);
  });

  it.each(['', '{', '[]', '{"version":1}', '{"version":1,"encoder":"embedded","concepts":[{"id":0,"colour":"#aabbcc","vectors":[[1,"x"]]}]}'])(
    'refuses a file of concepts that is none: %s',
    async (text) => {
      writeFileSync(at('bad.json'), text);
      const { code, err } = await runCli('concepts', at('in', 'a.png'), '-o', at('out'), '--assign', at('bad.json'), ...SMALL);
      expect([code, err]).toEqual([1, expect.stringMatching(/bad\.json" holds no concepts/)]);
    },
  );

  it.each<[object, RegExp]>([
    [{ id: 1 }, /concept 0 is to have as its id 0, its place in the list/],
    [{ name: 7 }, /concept 0 is to have as its name a text of at most 200 letters/],
    [{ colour: 'red' }, /concept 0 is to have as its colour one as #12ab9f/],
    [{ vectors: [[1, 2, 3], [1]] }, /concept 0 is to have as its vectors lists of numbers of unit length, 3 each, as all concepts have/],
    [{ vectors: [[3, 4]] }, /concept 0 is to have as its vectors lists of numbers of unit length/],
    [{ nmae: 'cat' }, /concept 0 has "nmae", and is to have id, name, colour, vectors, segments/],
    [{ vectors: [] }, /concept 0 is to have as its vectors lists of numbers of unit length, as many as all concepts have/],
  ])('says what of a concept is not as it is to be: %j', async (odd, sentence) => {
    const [one] = record().concepts;
    writeFileSync(at('odd.json'), JSON.stringify({ ...record(), concepts: [{ ...one, ...odd }] }));
    const { code, err } = await runCli('concepts', at('in', 'a.png'), '-o', at('out'), '--assign', at('odd.json'), ...SMALL);
    expect([code, err]).toEqual([1, expect.stringMatching(sentence)]);
  });

  it('tells two pictures of one name apart, or says how to', async () => {
    mkdirSync(at('in2'));
    cpSync(at('in', 'a.png'), at('in2', 'a.png'));
    const { code, err } = await runCli('concepts', at('in'), at('in2'), '-o', at('out'), ...SMALL);
    expect([code, err]).toEqual([1, expect.stringMatching(/--name full or --name path/)]);
  });
});
