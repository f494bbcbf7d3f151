/** Runs side by side: figures are those of `eval` itself, what may not be compared stands apart, and hostile names stay names. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIDE, toyEncode, toyScene } from '../../../test/toy-set.ts';
import * as library from '../../toolkit.ts';
import { encodeIndexedPng, encodePng, InputError, MODELS, type RgbImage, segmentPalette } from '../../toolkit.ts';
import { evaluationLabels } from '../class-protocol/protocol.ts';
import { headLine, type Settings } from '../ledger.ts';
import type { Stages } from '../measure.ts';
import { type Evaluation, evaluate } from '../run.ts';
import type { EvaluateOptions } from '../settings.ts';
import { reportJson } from './evaluation.ts';
import { differences, figuresOf } from './figures.ts';
import { REPORT_FORMATS, reportFormat } from './formats.ts';
import { MEASURES } from './measures.ts';
import { maskImage, predictionImage } from './paint.ts';
import { contrastOf } from './pictures.ts';
import { PUBLISHED } from './published.ts';
import { type Report, reportOf, type Table } from './report.ts';
import { type Run, runsOf } from './runs.ts';
import { matchRegions, scoredPicture } from './scored.ts';
import { addThumbnails } from './thumbnails.ts';

const stages: Stages = {
  ...library,
  openEncoder: async (name) => ({
    name: String(name),
    device: 'cpu',
    row: { ...MODELS[0], name: String(name) },
    inputSize: () => [SIDE, SIDE],
    encode: toyEncode,
    dispose: async () => {},
  }),
};

const IDS = ['a', 'b', 'c', 'd', 'e'];
let folder = '';
const at = (...names: string[]): string => join(folder, ...names);
/** What `eval` told of each, by the name of its file. */
const told = new Map<string, Evaluation>();
const files = (...names: string[]): string[] => names.map((name) => at(name));

const run = async (name: string, options: Partial<EvaluateOptions>): Promise<void> => {
  const set = { images: at('i'), masks: at('m'), resume: at(name), encoder: 'toy' };
  const given =
    options.dataset === 'bsds500' ? set : { ...set, dataset: 'folder', classes: 3, background: 0, refine: 'none' as const, save: at('p') };
  told.set(name, await evaluate({ ...given, ...options } as EvaluateOptions, stages));
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut report ä '));
  for (const name of ['i', 'm']) mkdirSync(at(name));
  for (const [seed, id] of IDS.entries()) {
    const { image, mask } = toyScene(seed);
    const labels = await encodeIndexedPng(mask, segmentPalette(256));
    writeFileSync(at('i', `${id}.png`), await encodePng(image));
    for (const name of [`${id}.png`, `${id}_1.png`]) writeFileSync(at('m', name), labels);
  }
  writeFileSync(at('old'), '{"diffcutEval":1,"settings":{}}\n');
  await run('ncut', { solver: 'ncut' });
  await run('merge', { solver: 'merge', save: undefined });
  await run('merge again', { solver: 'merge', save: at('q') });
  for (const shard of ['1/2', '2/2']) await run(`part ${shard[0]}`, { solver: 'ncut', shard, save: undefined });
  for (const dictionary of ['picture', 'set'] as const)
    await run(`given ${dictionary}`, { encoder: undefined, save: undefined, predictions: at('p'), dictionary });
  await run('drawn', { dataset: 'bsds500' });
  await run('prices', { dataset: 'bsds500', prices: [0.01, 0.05] });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file as somebody may have it: the one of that name with other words in its first line. */
const altered = (name: string, to: string, settings: Partial<Settings>, change = (line: string): string => line): string => {
  const [head, ...lines] = readFileSync(at(name), 'utf8').trimEnd().split('\n');
  const made = JSON.parse(head);
  writeFileSync(at(to), [headLine({ ...made, settings: { ...made.settings, ...settings } }).trimEnd(), ...lines.map(change), ''].join('\n'));
  return at(to);
};

const report = async (...paths: string[]): Promise<Report> => reportOf(await runsOf(paths), 2);
const values = ({ columns, rows }: Table): (readonly [string, (number | null)[]])[] =>
  columns.map(({ measure }, column) => [measure.name, rows.flatMap(({ cells }) => cells[column].map(({ figure }) => figure.value))] as const);
const valuesOf = ({ tables }: Report): Map<string, (number | null)[]> => new Map(tables.flatMap(values));

describe('figures of a report', () => {
  it('are those that eval told, to the last digit, of each kind', async () => {
    const found = valuesOf(await report(...files('ncut', 'drawn', 'prices')));
    const [classes, drawn, prices] = ['ncut', 'drawn', 'prices'].map((name) => reportJson(told.get(name) as Evaluation) as Record<string, never>);
    const { bestSegment, union } = classes.objects;
    expect([found.get('mIoU'), found.get('bestSegment'), found.get('objectSegments')]).toEqual([[classes.mIoU], [bestSegment], [union]]);
    for (const name of ['covering', 'pri', 'vi', 'precision', 'recall', 'roughness']) {
      const each = [drawn, ...(prices.prices as Record<string, number>[])].map((scores) => scores[name]);
      expect([name, found.get(name)]).toEqual([name, each]);
    }
    const { ods, ois } = prices as Record<string, Record<string, { value: number }>>;
    expect(found.get('odsVi')?.[0]).toBe(ods.vi.value);
    expect(found.get('oisCovering')?.[0]).toBe(ois.covering);
    const borders = [drawn, prices].map(({ oneToOne }) => oneToOne as { f?: number; ods?: { f: number } });
    expect([found.get('borderF')?.[0], found.get('odsBorderF')?.[0]]).toEqual([borders[0].f, borders[1].ods?.f]);
  });

  it('have a row for every measure that eval tells', () => {
    const names = new Set(MEASURES.map(({ name }) => name));
    const { segmentsPerPicture, ...measures } = reportJson(told.get('drawn') as Evaluation) as Record<string, unknown>;
    const numbers = Object.keys(measures).filter((name) => typeof measures[name] === 'number' && !['pictures', 'resumed'].includes(name));
    expect(segmentsPerPicture).toEqual(expect.any(Number));
    expect(numbers.filter((name) => !names.has(name))).toEqual([]);
  });

  it('have intervals that hold them, the same ones each time, and none of few pictures', async () => {
    const [one] = await runsOf(files('ncut'));
    const figures = figuresOf(one);
    for (const { value, low, high } of figures.values()) {
      expect(low).toBeLessThanOrEqual(value as number);
      expect(high).toBeGreaterThanOrEqual(value as number);
    }
    expect([...figuresOf({ ...one }).values()]).toEqual([...figures.values()]);
    const [few, none] = [one.results.slice(0, 4), []].map((results) => figuresOf({ ...one, results }));
    for (const { value, low } of few.values()) expect([typeof value, low]).toEqual(['number', null]);
    for (const { value, low } of none.values()) expect([value, low]).toEqual([null, null]);
  });

  it('are of the whole run where shards are given together, in any order', async () => {
    const { runs, tables } = await report(...files('part 2', 'ncut', 'part 1'));
    expect(runs.map(({ ledger, pictures }) => [ledger, pictures])).toEqual([
      [`2 shards: ${at('part 1')}, ${at('part 2')}`, 5],
      [at('ncut'), 5],
    ]);
    const [, [first, second]] = values(tables[0])[0];
    expect(first).toBe(second);
    expect(tables[0].rows.map(({ label }) => label)).toEqual(['ncut · toy · part 1 and its other shards', 'ncut · toy · ncut']);
  });

  it('tell of each class what eval tells, and how many pictures hold it', async () => {
    const lacking = (line: string): string => (/"id":"[abc]"/.test(line) ? line.replace(/\[1,\d+,\d+,\d+\],?/, '') : line);
    const { classes } = await report(...files('ncut', 'merge', 'drawn', 'given set'));
    expect(classes.map(({ runs }) => runs)).toEqual([[0, 1], [3]]);
    const [each] = classes;
    const own = reportJson(told.get('ncut') as Evaluation).classes as { name: string; iou: number }[];
    expect(each.rows.map(({ name, iou }) => [name, iou[0]])).toEqual(own.map(({ name, iou }) => [name, iou]));
    expect(each.rows.map(({ pictures }) => pictures)).toEqual([5, 5, 5]);
    const alone = (await report(altered('ncut', 'lacking', {}, lacking))).classes[0].rows;
    expect(alone.map(({ name, pictures }) => [name, pictures])).toEqual([
      ['0', 5],
      ['1', 5],
      ['2', 2],
    ]);
  });
});

describe('differences', () => {
  it('are paired: nothing between a run and itself, and a constant where one is always better by it', async () => {
    const [one] = await runsOf(files('drawn'));
    for (const { figure } of differences({ ...one }, one)) expect(figure).toEqual({ value: 0, low: 0, high: 0 });
    const shifted = one.results.map((result) => ({
      ...result,
      drawings: 'drawings' in result ? [{ ...result.drawings[0], pri: result.drawings[0].pri - 0.25 }] : [],
    }));
    const pri = differences({ ...one, results: shifted }, one).find(({ measure }) => measure.name === 'pri');
    for (const bound of Object.values(pri?.figure ?? {})) expect(bound).toBeCloseTo(-0.25, 12);
    expect(pri?.pictures).toBe(5);
  });

  it('are of the pictures that both have, in whatever order, and of none where they share none', async () => {
    const [one] = await runsOf(files('drawn'));
    const other: Run = { ...one, results: one.results.slice(0, 3).reverse() };
    for (const { figure, pictures } of differences(other, one)) expect([figure.value, pictures]).toEqual([expect.closeTo(0, 12), 3]);
    expect(differences({ ...one, results: one.results.map((result) => ({ ...result, id: `${result.id}!` })) }, one)).toEqual([]);
  });

  it('compare runs within a set with the first of it, and no price with a price', async () => {
    const { comparisons } = await report(...files('drawn', 'ncut', 'prices', 'merge'));
    expect(comparisons.map(({ run, from }) => [run, from])).toEqual([[3, 1]]);
  });
});

describe('tables', () => {
  it('keep apart what was scored by different protocols, with published figures only where they belong', async () => {
    const voc = altered('ncut', 'voc', { dataset: 'voc2012', root: '/nowhere', images: null, masks: null });
    const all = altered('ncut', 'all', { dataset: 'coco-stuff27', root: '/nowhere', images: null, masks: null, background: null });
    const { tables, notes } = await report(voc, all, at('drawn'));
    const [miou] = tables;
    expect(miou.columns.map(({ set, protocol }) => [set, protocol])).toEqual([
      ['voc2012', 'many-to-one background'],
      ['coco-stuff27', expect.stringMatching(/no background, all pictures/)],
    ]);
    const published = miou.rows.filter(({ method }) => 'source' in method);
    expect(published.map(({ cells }) => cells.map(([cell]) => cell?.figure.value))).toEqual(
      [53.8, 49.8, 62, 65.2].map((value) => [value, undefined]),
    );
    for (const { title, rows } of tables.filter(({ title }) => title.startsWith('Published')))
      expect([title, rows.every(({ method }) => 'source' in method)]).toEqual([title, true]);
    expect(tables.filter(({ columns }) => columns.some(({ measure }) => measure.name === 'covering'))).toHaveLength(1);
    expect(notes).toEqual([]);
  });

  it('keep one matching over the set apart, and take predictions of others', async () => {
    const { tables, runs, comparisons, galleries } = await report(...files('ncut', 'given picture', 'given set'));
    const [each, whole] = tables.filter(({ title }) => title === 'Mean IoU');
    const [[, [own, given]], [, [one]]] = [values(each)[0], values(whole)[0]];
    expect(given).toBe(own);
    expect(one).toBe((reportJson(told.get('given set') as Evaluation) as { mIoU: number }).mIoU);
    expect(whole.protocol).toMatch(/^one matching over the set/);
    expect(whole.rows.every(({ method }) => !('source' in method))).toBe(true);
    expect(comparisons.map(({ run, from }) => [run, from])).toEqual([[1, 0]]);
    expect(runs[2].settings).toMatch(/^predictions .*refine none/);
    expect(galleries[2].worst).toHaveLength(2);
  });

  it('call a row by solver and features, and by no more than tells it from others', async () => {
    const labels = async (...paths: string[]) => (await report(...paths)).tables[0].rows.map(({ label }) => label);
    expect(await labels(...files('ncut', 'merge'))).toEqual(['ncut · toy', 'merge · toy']);
    const dearer = altered('ncut', 'dearer', { price: 0.2 });
    const drawn = altered('ncut', 'refined', { refine: 'pamr' });
    const { price } = (told.get('ncut') as Evaluation).settings;
    expect(await labels(at('ncut'), dearer)).toEqual([`ncut · toy · price ${price}`, 'ncut · toy · price 0.2']);
    expect(await labels(at('ncut'), drawn, at('merge'))).toEqual(['ncut · toy · refine none', 'ncut · toy · refine pamr', 'merge · toy']);
    expect(await labels(at('prices'))).toEqual(['merge · toy · price 0.01', 'merge · toy · price 0.05']);
    expect((await report(at('prices'))).runs[0].label).toBe('merge · toy · prices 0.01,0.05');
    expect(await labels(at('given picture'))).toEqual([expect.stringMatching(/^predictions [^/]+\/p$/)]);
  });

  it('show figures that were published beside the same part of a set alone', async () => {
    const test = altered('prices', 'test', { root: '/nowhere', images: null, masks: null });
    const own = await report(at('prices'));
    const theirs = await report(test);
    const listed = await report(altered('prices', 'listed', { root: '/nowhere', images: null, masks: null, list: '/some.txt' }));
    const published = ({ tables }: Report) => tables.flatMap(({ rows }) => rows).filter(({ method }) => 'source' in method);
    expect([own, theirs, listed].map((one) => published(one).length > 0)).toEqual([false, true, false]);
    for (const { cells } of published(theirs)) for (const [cell] of cells) if (cell) expect(cell.of).toBe('200 test pictures');
    for (const ending of ['.md', '.html', '.csv']) expect(reportFormat(`r${ending}`).write(theirs)).toContain('200 test pictures');
  });

  it('tell runs of the same settings from each other, and say so', async () => {
    const twin = altered('ncut', 'twin', {});
    const { notes, tables } = await report(at('ncut'), twin);
    expect(notes).toEqual([`${at('ncut')} and ${twin} were made with the same settings, with the same results: each is told`]);
    expect(tables[0].rows.map(({ label, cells: [[{ run }]] }) => [label, run])).toEqual([
      ['ncut · toy · ncut', 0],
      ['ncut · toy · twin', 1],
    ]);
    mkdirSync(at('else'), { recursive: true });
    const named = await report(at('ncut'), altered('ncut', 'else/ncut', {}));
    expect(named.runs.map(({ label }) => label)).toEqual([
      expect.stringMatching(/^ncut · toy · diffcut report [^/]+\/ncut$/),
      'ncut · toy · else/ncut',
    ]);
    const short = altered('ncut', 'short', { version: '9' }, (line) => (line.includes('"id":"a"') ? '{"id":"a","at":0,"problem":"gone"}' : line));
    const mixed = await report(at('ncut'), short);
    expect(mixed.notes[0]).toMatch(/not of the same pictures/);
    expect(mixed.tables[0].rows.map(({ method }) => 'rest' in method && method.rest.at(-1))).toEqual([
      expect.stringMatching(/^version 0/),
      'version 9',
    ]);
    expect(mixed.runs[1].failed).toEqual([{ id: 'a', problem: 'gone' }]);
  });

  it('name folders by as much of their paths as tells them apart', async () => {
    const masks = ['/x/one/train/masks', '/x/two/train/masks'].map((path, i) => altered('ncut', `folder ${i}`, { masks: path }));
    const { runs } = await report(...masks);
    expect(runs.map(({ set }) => set)).toEqual(['folder, one/train/masks', 'folder, two/train/masks']);
  });

  it('say what has to be known of an encoder, of those that are taken together too', async () => {
    const { notes } = await report(altered('ncut', 'joint', { encoder: 'x+embedded:2' }));
    expect(notes).toEqual([expect.stringMatching(/^embedded: .*not DiffCut's result/)]);
  });
});

it('knows the sets and measures of what was published', () => {
  for (const { figures, source } of PUBLISHED) {
    expect(source).not.toBe('');
    for (const measures of Object.values(figures)) for (const value of Object.values(measures)) expect(value > 0 && value < 100).toBe(true);
  }
  const known = new Set(MEASURES.map(({ name }) => name));
  const strange = PUBLISHED.flatMap(({ figures }) => Object.values(figures).flatMap(Object.keys)).filter((name) => !known.has(name));
  expect(strange).toEqual([]);
});

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
    writeFileSync(kept, library.writeNpy(new Int32Array(9), [3, 3]));
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

describe('what is written', () => {
  const HOSTILE = `=x|"><script>alert(1)</script>[a](b)\`*\u202e`;

  it.each(Object.keys(REPORT_FORMATS))('leaves hostile names names: %s', async (ending) => {
    const lost = (line: string): string =>
      line.includes('"id":"a"')
        ? JSON.stringify({ id: HOSTILE, at: 0, problem: HOSTILE })
        : line.replace('"id":"b"', `"id":${JSON.stringify(HOSTILE)}`);
    const runs = [
      altered('ncut', 'hostile', { encoder: HOSTILE, version: HOSTILE, masks: `/${HOSTILE}`, list: HOSTILE }, lost),
      altered('drawn', 'hostile 2', { solver: HOSTILE }),
    ];
    const text = reportFormat(`r${ending}`).write(await report(...runs));
    const plain = ending === '.md' ? text.replaceAll(/\\./g, '') : text; // what a backslash stands before is a letter like others
    expect(plain).not.toMatch({ '.html': /<script|\u202e/, '.md': /[<[*`\u202e]|x\|"/, '.csv': /(^|,)"?[=+@]/m }[ending] as RegExp);
  });

  it('is one page without scripts or anything from elsewhere', async () => {
    const page = reportFormat('r.HTML').write(await report(...files('ncut', 'merge', 'prices')));
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/<script|<link|url\(|src="(?!data:)|href="(?!#)/);
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
    for (const word of ['section', 'table', 'tr', 'td', 'th', 'ul', 'li', 'div', 'span'])
      expect([word, page.split(`<${word}>`).length + page.split(`<${word} `).length - 2]).toEqual([word, page.split(`</${word}>`).length - 1]);
  });

  it('has a line a figure for programs, as many fields in each', async () => {
    const lines = reportFormat('r.csv')
      .write(await report(...files('ncut', 'merge')))
      .trimEnd()
      .split('\r\n');
    const fields = lines.map((line) => line.replaceAll(/"(?:[^"]|"")*"/g, 'x').split(','));
    expect(new Set(fields.map((all) => all.length))).toEqual(new Set([17]));
    expect(fields.filter(([kind]) => kind === 'difference')).toHaveLength(2);
    const { mIoU } = reportJson(told.get('ncut') as Evaluation);
    expect(fields.find((all) => all[0] === 'measured' && all[5] === 'mIoU')?.[7]).toBe(String(mIoU));
  });

  it('refuses another ending', () => {
    for (const name of ['r.pdf', 'r', '.html'])
      expect(() => reportFormat(name)).toThrow(/^Expected a name that ends in \.html, \.md, \.csv for the report but received/);
  });
});

describe('refuses in a sentence', () => {
  it.each<[string, () => string[], RegExp]>([
    ['a file that is not there', () => files('nowhere'), /nowhere/],
    ['somebody’s file', () => files('i/a.png'), /not (one of|the file of) an evaluation/],
    ['another version’s', () => files('old'), /another version of diffcut/],
    [
      'another kind of run',
      () => [altered('ncut', 'tune', { kind: 'coherence', encoders: [] }, () => '{"id":"a","at":0,"problem":"x"}')],
      /is of another kind of run, coherence: give files/,
    ],
    ['settings that lack a name', () => [altered('ncut', 'nameless', { solver: null })], /Line 1 of .*nameless does not say what was measured/],
    ['one shard of several', () => files('part 1'), /The files of 1 of 2 shards are missing \(2\)/],
    ['a line that is none', () => [altered('ncut', 'broken', {}, () => '{"id":3}')], /Line 2 of .*broken is not one of an evaluation/],
  ])('%s', async (_, given, pattern) => {
    await expect(runsOf(given())).rejects.toThrow(pattern);
    await expect(runsOf(given())).rejects.toThrow(InputError);
  });
});
