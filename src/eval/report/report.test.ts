/** Runs side by side: figures are those of `eval` itself, what may not be compared stands apart, and hostile names stay names. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeToyRuns, type ToyRuns } from '../../../test/toy-runs.ts';
import { InputError } from '../../toolkit.ts';
import type { Evaluation } from '../run.ts';
import { reportJson } from './evaluation.ts';
import { differences, figuresOf } from './figures.ts';
import { REPORT_FORMATS, reportFormat } from './formats.ts';
import { MEASURES } from './measures.ts';
import { PUBLISHED } from './published.ts';
import { type Report, reportOf, type Table } from './report.ts';
import { type Run, runsOf } from './runs.ts';

let toy: ToyRuns;
beforeAll(async () => {
  toy = await makeToyRuns();
}, 60_000);
afterAll(() => toy.remove());

const at = (...names: string[]): string => toy.at(...names);
const files = (...names: string[]): string[] => names.map((name) => at(name));
const altered: ToyRuns['altered'] = (...of) => toy.altered(...of);
const evaluationOf = (name: string): Evaluation => toy.told.get(name) as Evaluation;

const report = async (...paths: string[]): Promise<Report> => reportOf(await runsOf(paths), 2);
const values = ({ columns, rows }: Table): (readonly [string, (number | null)[]])[] =>
  columns.map(({ measure }, column) => [measure.name, rows.flatMap(({ cells }) => cells[column].map(({ figure }) => figure.value))] as const);
const valuesOf = ({ tables }: Report): Map<string, (number | null)[]> => new Map(tables.flatMap(values));

describe('figures of a report', () => {
  it('are those that eval told, to the last digit, of each kind', async () => {
    const found = valuesOf(await report(...files('ncut', 'drawn', 'prices')));
    const [classes, drawn, prices] = ['ncut', 'drawn', 'prices'].map((name) => reportJson(evaluationOf(name)) as Record<string, never>);
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
    const { segmentsPerPicture, ...measures } = reportJson(evaluationOf('drawn')) as Record<string, unknown>;
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
    const own = reportJson(evaluationOf('ncut')).classes as { name: string; iou: number }[];
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
    expect(one).toBe((reportJson(evaluationOf('given set')) as { mIoU: number }).mIoU);
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
    const { price } = evaluationOf('ncut').settings;
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
    const { mIoU } = reportJson(evaluationOf('ncut'));
    expect(fields.find((all) => all[0] === 'measured' && all[5] === 'mIoU')?.[7]).toBe(String(mIoU));
  });

  it('refuses another ending', () => {
    for (const name of ['r.pdf', 'r', '.html'])
      expect(() => reportFormat(name)).toThrow(/^Expected a name that ends in \.html, \.md, \.csv for the report but received/);
  });
});

describe('refuses in a sentence', () => {
  const old = (): string => {
    writeFileSync(at('old'), '{"diffcutEval":1,"settings":{}}\n');
    return at('old');
  };

  it.each<[string, () => string[], RegExp]>([
    ['a file that is not there', () => files('nowhere'), /nowhere/],
    ['somebody’s file', () => files('i/a.png'), /not (one of|the file of) an evaluation/],
    ['another version’s', () => [old()], /another version of diffcut/],
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
