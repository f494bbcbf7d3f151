/** Pictures of a report: which are shown, and that their colours say what was counted. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeToyRuns, type ToyRuns } from '../../../test/toy-runs.ts';
import { type RgbImage, writeNpy } from '../../toolkit.ts';
import { evaluationLabels } from '../class-protocol/protocol.ts';
import type { Settings } from '../ledger.ts';
import { reportFormat } from './formats.ts';
import { maskImage, predictionImage } from './paint.ts';
import { contrastOf } from './pictures.ts';
import { type Report, reportOf } from './report.ts';
import { runsOf } from './runs.ts';
import { matchRegions, scoredPicture } from './scored.ts';
import { addThumbnails } from './thumbnails.ts';

let toy: ToyRuns;
beforeAll(async () => {
  toy = await makeToyRuns();
}, 60_000);
afterAll(() => toy.remove());

const at = (...names: string[]): string => toy.at(...names);
const files = (...names: string[]): string[] => names.map((name) => at(name));
const altered: ToyRuns['altered'] = (...of) => toy.altered(...of);
const report = async (...paths: string[]): Promise<Report> => reportOf(await runsOf(paths), 2);

describe('pictures', () => {
  it('are the worst and the best, each once, with what the run predicted where that is still there', async () => {
    const runs = await runsOf(files('ncut', 'merge', 'drawn', 'prices', 'given set'));
    const made = reportOf(runs, 2);
    await addThumbnails(made, runs);
    for (const { worst, best, notes } of made.galleries) {
      expect(notes).toEqual([]);
      const scores = [...worst, ...[...best].reverse()].map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => a - b));
      expect(new Set([...worst, ...best].map(({ id }) => id)).size).toBe(4);
      for (const { thumbnails } of worst) expect(thumbnails?.mask).toMatch(/^data:image\/jpeg;base64,/);
    }
    expect(made.galleries.map(({ worst }) => worst[0].thumbnails?.prediction !== undefined)).toEqual([true, false, false, false, true]);
    expect(made.galleries[3].score).toMatch(/covering at the price 0\.0[15]/);
    const [{ worst }] = made.galleries;
    const kept = at('p', `${worst[0].id}.npy`);
    const bytes = readFileSync(kept);
    writeFileSync(kept, writeNpy(new Int32Array(9), [3, 3]));
    const again = reportOf(runs, 2);
    await addThumbnails(again, runs);
    writeFileSync(kept, bytes);
    expect(again.galleries[0].worst.map(({ thumbnails }) => thumbnails?.prediction !== undefined)).toEqual([false, true]);
  });

  it('are missed in words where they are gone', async () => {
    const runs = await runsOf([
      altered('ncut', 'moved', { images: at('nowhere') }),
      altered('ncut', 'fewer', {}, (line) => line.replace('"id":"', '"id":"no ')),
    ]);
    const made = reportOf(runs, 1);
    await addThumbnails(made, runs);
    const [[moved], [fewer]] = made.galleries.map(({ notes }) => notes);
    expect(moved).toMatch(/^No thumbnails: .*nowhere/);
    expect(fewer).toMatch(/^No thumbnail of no .: the set no longer has it/);
  });
});

describe('where two runs differ most', () => {
  it('is in pictures that both measured, the largest difference first, each way', async () => {
    const [one] = await runsOf(files('drawn'));
    const shifts: Record<string, number> = { a: 0.01, b: 0.03, c: -0.02, d: 0, e: -0.04 };
    const shifted = one.results.map((result) => ({
      ...result,
      drawings: 'drawings' in result ? [{ ...result.drawings[0], covering: 0.5 + shifts[result.id] }] : [],
    }));
    const even = shifted.map((result) => ({ ...result, drawings: [{ ...result.drawings[0], covering: 0.5 }] }));
    const runs = [one, one].map((run, at) => ({ ...run, results: at === 0 ? shifted : even }));
    const { better, worse } = contrastOf(runs, 0, 1, 2);
    expect([better, worse].map((all) => all.map(({ id }) => id))).toEqual([
      ['b', 'a'],
      ['e', 'c'],
    ]);
    expect(contrastOf(runs, 1, 0, 9).better.map(({ id }) => id)).toEqual(['e', 'c']);
    expect(contrastOf([runs[0], { ...runs[1], results: runs[1].results.slice(0, 1) }], 0, 1, 9).better.map(({ id }) => id)).toEqual(['a']);
    const told = await report(at('ncut'), at('merge'), at('given set'));
    expect(told.contrasts.map(({ run, from }) => [run, from])).toEqual([[1, 0]]);
  });

  it('is nowhere between a run and itself, and shows what both predicted', async () => {
    const same = await report(at('ncut'), altered('ncut', 'twin', {}));
    expect(same.contrasts[0]).toMatchObject({ better: [], worse: [] });
    for (const name of ['r.html', 'r.md']) expect(reportFormat(name).write(same)).not.toContain('Where two runs differ most');
    const runs = await runsOf(files('ncut', 'merge again'));
    const made = reportOf(runs, 2);
    await addThumbnails(made, runs);
    const shown = [...made.contrasts[0].better, ...made.contrasts[0].worse].map(({ thumbnails }) => thumbnails);
    for (const one of shown) expect([one?.prediction, one?.other, one?.mask]).toEqual(Array(3).fill(expect.stringMatching(/^data:image\/jpeg/)));
    const page = reportFormat('r.html').write(made);
    expect(page).toContain('Where two runs differ most');
    expect(page).toContain('<span class="under">run 2, merge · toy</span>');
  });
});

describe('colours', () => {
  const settings = (given: Partial<Settings>): Settings => ({ kind: 'classes', background: 0, ignore: 255, ...given });
  const grey: RgbImage = { data: new Uint8Array(4 * 3), width: 4, height: 1 };
  const map = (...ids: number[]) => ({ data: Int32Array.from(ids), width: ids.length, height: 1 });
  const hueOf = async (labels: number[], classOf: [number, number][], of = settings({})) =>
    (await predictionImage(grey, { labels: map(...labels), classOf: new Map(classOf) }, of)).data.subarray(0, 3);

  it('of a segment are those of its class in the mask, whatever its id; of none that was given to it, a grey', async () => {
    const { data } = maskImage(map(2, 0, 255, 7), settings({}));
    const mask = (at: number) => [...data.subarray(at * 3, at * 3 + 3)];
    for (const id of [0, 3, 2 ** 30]) {
      const seen = [...(await hueOf([id, id, id, id], [[id, 2]]))];
      expect(seen).toEqual(mask(0).map((value) => expect.closeTo(value * 0.75, -0.5)));
    }
    expect(new Set(await hueOf([4, 4, 4, 4], [])).size).toBe(1);
    expect(mask(1)).toEqual([24, 24, 24]);
    expect(mask(2)).toEqual([128, 128, 128]);
    expect(maskImage(map(0), settings({ kind: 'drawings' })).data).not.toEqual(maskImage(map(0), settings({})).data);
  });

  it('are of segments as they are scored: what is matched here is what the run counted', async () => {
    for (const name of ['ncut', 'given picture']) {
      const [one] = await runsOf([at(name)]);
      for (const result of one.results) {
        const item = { id: result.id, at: 0, imagePath: at('i', `${result.id}.png`), maskPaths: [at('m', `${result.id}.png`)], values: [] };
        const { prediction, mask } = await scoredPicture(one, {
          ...item,
          ...(one.save === undefined && { predictionPath: at('p', `${result.id}.npy`) }),
        });
        const truth = evaluationLabels(mask, { left: 0, top: 0, side: mask.width }).map((value) => (value === 255 ? 0 : value));
        const isHit = (value: number) => (label: number, p: number) => truth[p] === value && prediction?.classOf.get(label) === value;
        const { counts } = result as Extract<typeof result, { counts: unknown }>;
        expect([1, 2, 0].map((value) => prediction?.labels.data.filter(isHit(value)).length)).toEqual([...counts.tp]);
      }
    }
  });

  it('against annotators are those of the region that shares most, each region once', () => {
    const { classOf } = matchRegions(map(5, 5, 5, 6, 6, 7), map(1, 1, 1, 1, 2, 1));
    expect([...classOf]).toEqual([
      [5, 1],
      [6, 2],
    ]);
  });

  it('of one matching over the set are the same class in every picture', async () => {
    const [one] = await runsOf([at('given set')]);
    const seen = new Map<number, Set<number>>();
    for (const { id } of one.results) {
      const item = {
        id,
        at: 0,
        imagePath: at('i', `${id}.png`),
        maskPaths: [at('m', `${id}.png`)],
        values: [],
        predictionPath: at('p', `${id}.npy`),
      };
      const { prediction } = await scoredPicture(one, item);
      for (const [segment, value] of prediction?.classOf ?? []) seen.set(segment, (seen.get(segment) ?? new Set()).add(value));
    }
    expect([...seen.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
  });
});
