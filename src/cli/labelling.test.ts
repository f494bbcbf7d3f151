/** `diffcut segment` with names, by a tiny CLIP. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { clipPictures, unpackClip } from '../../test/clips.ts';
import { runCli } from '../../test/run-cli.ts';
import { decodeLabelPng, encodePng, type Segment } from '../toolkit.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut labelling '));
const at = (...parts: string[]): string => join(folder, ...parts);
let clip: string;
beforeAll(async () => {
  vi.stubEnv('DIFFCUT_CACHE', at('cache'));
  clip = unpackClip('plain-vit', folder);
  const [{ picture }, second] = clipPictures();
  writeFileSync(at('a.png'), await encodePng(picture));
  writeFileSync(at('b.png'), await encodePng(second.picture));
  writeFileSync(at('pets.txt'), '# pets\ncat, kitty\ndog\nsofa, couch\nsea, beach\nstreet');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const segment = (...args: string[]) => runCli('segment', at('a.png'), '--price', '0.005', '--size', '64', '--device', 'cpu', '--overwrite', ...args);
const recordOf = (out: string) => JSON.parse(readFileSync(at(out, 'a.json'), 'utf8')) as { segments: Segment[]; asked: object; timings: object };

describe('segment names', () => {
  it('by a list, in its JSON and in tables', async () => {
    const args = ['--classes', 'cat, dog,sofa', '--names-model', clip, '--format', 'json,csv', '-o', at('list')];
    const { code, err } = await segment(...args);
    expect([code, err]).toEqual([0, expect.stringMatching(/plain-vit reads 3 names, once\n/)]);
    const { segments, asked, timings } = recordOf('list');
    expect(segments.length).toBeGreaterThan(2);
    for (const { name, score } of segments) {
      expect(['cat', 'dog', 'sofa']).toContain(name);
      expect(score).toBeGreaterThan(1 / 3);
      expect(score).toBeLessThanOrEqual(1);
    }
    expect(asked).toMatchObject({ classes: ['cat', 'dog', 'sofa'], namesModel: clip });
    expect(timings).toHaveProperty('name');
    const rows = readFileSync(at('list', 'segments.csv'), 'utf8').trim().split('\r\n').slice(1);
    expect(rows.map((row) => row.split(',')[2])).toEqual(segments.map(({ name }) => name));
  });

  it('by a file, none below the least share, and joins those of one name', async () => {
    const args = ['--vocabulary', at('pets.txt'), '--names-model', clip, '--format', 'json,labels', '--quiet'];
    expect(await segment(...args, '-o', at('file'))).toEqual({ code: 0, out: '', err: '' });
    const all = recordOf('file').segments;
    const least = [...all].sort((a, b) => (a.score as number) - (b.score as number))[1].score as number;
    await segment(...args, '--min-score', String(least), '-o', at('least'));
    const sure = recordOf('least').segments;
    expect(sure.filter(({ name }) => name === undefined)).toHaveLength(1);
    expect(sure.every(({ name, score }, i) => name === undefined || (name === all[i].name && score === all[i].score))).toBe(true);
    await segment(...args, '--merge-names', '-o', at('merged'));
    const merged = recordOf('merged').segments;
    expect(merged.length).toBeLessThan(all.length);
    const areas = (segments: Segment[], name?: string) => segments.reduce((sum, one) => sum + (one.name === name ? one.area : 0), 0);
    for (const { name } of all) expect(areas(merged, name)).toBe(areas(all, name));
  });

  it('and shows only those of a name', async () => {
    const args = ['--classes', 'cat,dog,sofa', '--names-model', clip, '--format', 'json,labels,csv', '--quiet'];
    await segment(...args, '-o', at('all'));
    const { segments } = recordOf('all');
    const { name } = segments[0];
    expect(await segment(...args, '--only', name as string, '-o', at('only'))).toMatchObject({ code: 0 });
    const shown = recordOf('only').segments;
    expect(shown.map((one) => one.area)).toEqual(segments.filter((one) => one.name === name).map((one) => one.area));
    const { data } = await decodeLabelPng(readFileSync(at('only', 'a.png')), 'a.png');
    const area = shown.reduce((sum, one) => sum + one.area, 0);
    expect(data.filter((id) => id > 0)).toHaveLength(area);
    const csv = readFileSync(at('only', 'segments.csv'), 'utf8').trim().split('\r\n');
    expect(csv).toHaveLength(1 + shown.length);
  });

  it('are not asked of a model before it is known that there are pictures, and a place for what is made of them', async () => {
    const args = ['--classes', 'cat', '--names-model', at('no such model')];
    mkdirSync(at('no such model'));
    const absent = await runCli('segment', at('nowhere.jpg'), ...args, '-o', at('none'));
    expect([absent.code, absent.err]).toEqual([1, expect.stringMatching(/^diffcut: "[^"]*nowhere\.jpg" does not exist[^\n]*\n$/)]);
    writeFileSync(at('a file'), '');
    expect((await segment(...args, '-o', at('a file', 'x'))).err).toMatch(/a file is in its place/);
    expect((await runCli('segment', at('nowhere'), '--watch', ...args, '-o', at('none'))).err).toMatch(/--watch goes with folders/);
  });

  it.each<[string, string[], RegExp]>([
    ['without names', ['--min-score', '0.5'], /^diffcut: --min-score is of names: say which there are, with --classes or --vocabulary/],
    ['by both ways', ['--classes', 'cat', '--vocabulary', 'voc'], /Both --classes and --vocabulary say which names there are/],
    ['by a list that there is not', ['--vocabulary', 'vok'], /Unknown vocabulary "vok": did you mean "voc"/],
    ['by a file that there is not', ['--vocabulary', 'nowhere.txt'], /There is no file "nowhere\.txt": give a vocabulary's file, or one of voc, /],
    ['with nothing in the list', ['--classes', ' ,'], /Expected a list of names/],
    [
      'by a model that is not known',
      ['--classes', 'cat', '--names-model', 'tinyclip-9m'],
      /Unknown model that names segments "tinyclip-9m": did you mean "tinyclip-8m"/,
    ],
    ['by a model that is no CLIP', ['--classes', 'cat', '--names-model', '.'], /is no CLIP: give a folder as transformers/],
    ['of which some are to be shown that there are not', ['--classes', 'cat,dog', '--only', 'dogs'], /Unknown name "dogs": did you mean "dog"/],
    ['with two backgrounds', ['--classes', 'cat', '--only', 'cat', '--first-id', '3'], /--only makes all else 0/],
    ['one of them twice', ['--classes', 'cat,cat'], /has the class "cat" twice/],
    ['by a model that is not here', ['--classes', 'cat'], /tinyclip-8m is not on this machine: get it with "diffcut models pull tinyclip-8m"/],
  ])('not %s', async (_, args, message) => {
    const { code, err } = await segment('-o', at('none'), ...args);
    expect(err).toMatch(message);
    expect(code).toBeGreaterThan(0);
  });
});
