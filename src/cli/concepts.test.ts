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

  it.each([
    [['--k', '0'], 2, /from 1 to 256/],
    [['--k', '2', '--price', '0.1'], 2, /cannot be used with/],
    [['--assign', 'x.json', '--k', '2'], 2, /cannot be used with/],
    [['--reference', 'a.png'], 2, /go together/],
    [['--reference', 'nowhere.png', '--point', '1,1'], 1, /nowhere\.png/],
    [['--assign', 'nowhere.json'], 1, /nowhere\.json/],
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

  it('tells two pictures of one name apart, or says how to', async () => {
    mkdirSync(at('in2'));
    cpSync(at('in', 'a.png'), at('in2', 'a.png'));
    const { code, err } = await runCli('concepts', at('in'), at('in2'), '-o', at('out'), ...SMALL);
    expect([code, err]).toEqual([1, expect.stringMatching(/--name full or --name path/)]);
  });
});
