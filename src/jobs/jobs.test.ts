/** A batch without a command line: planned, run, told of by events. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PROCESSES, removeStages } from '../temporary-node.ts';
import { encodePng, type FeatureMap } from '../toolkit.ts';
import { findPictures, type Naming } from './inputs-node.ts';
import { followLedger } from './ledger-follow-node.ts';
import { appendEntry, type Entry, LEDGER, readLedger } from './ledger-node.ts';
import { checkNew, checkWritable } from './outputs-node.ts';
import { type Plan, type PlanOptions, planJobs } from './plan-node.ts';
import { runPool } from './pool-node.ts';
import { type Events, runJobs } from './run-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut-jobs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);

mkdirSync(at('in', 'more'), { recursive: true });
const picture = await encodePng({ data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200)), width: 16, height: 12 });
writeFileSync(at('in', 'b.png'), picture);
writeFileSync(at('in', 'more', 'c.png'), picture);
writeFileSync(at('in', 'a.png'), picture.subarray(0, 40));

/** Left half unlike the right one. */
const features: FeatureMap = {
  data: Float32Array.from({ length: 32 }, (_, i) => Number((i >> 1) % 4 < 2 === (i % 2 === 0))),
  width: 4,
  height: 4,
  channels: 2,
};
const RECIPE = { options: { tau: 0.5 }, features };

const listener = () => {
  const told: string[] = [];
  const nameOf = (path: string): string => path.slice(-5);
  const events: Events = {
    begin: ({ picture }) => told.push(`begin ${nameOf(picture.path)}`),
    onProgress: () => {},
    done: ({ picture }, { segments }) => told.push(`done ${nameOf(picture.path)} ${segments.length}`),
    failed: ({ picture }, error) => told.push(`failed ${nameOf(picture.path)} ${(error as Error).message.replace(/"[^"]*[/\\]/, '"')}`),
  };
  return { told, events };
};

/** All below a folder, but for the ledgers. */
const filesOf = (...parts: string[]): string[] => {
  const names = readdirSync(at(...parts), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => !name.endsWith(LEDGER)).sort();
};

const plan = async (args: string[], output: string, options: Partial<PlanOptions> & { recursive?: boolean; name?: Naming } = {}): Promise<Plan> => {
  const { recursive, name, ...rest } = options;
  const { pictures, failures } = await findPictures(args, { recursive, output, name });
  const planned = await planJobs(pictures, { target: { folder: output }, formats: ['labels', 'json'], asked: { tau: 0.5 }, ...rest });
  return { ...planned, failures: [...failures, ...planned.failures] };
};

const run = async ({ todo }: Plan, signal = new AbortController().signal): Promise<string[]> => {
  const { told, events } = listener();
  await runJobs(todo, RECIPE, signal, events);
  return told;
};

const stems = ({ todo, skipped }: Plan): string[][] => [todo, skipped].map((jobs) => jobs.map(({ picture }) => picture.stem));
const sentences = ({ failures }: Plan): string[] => failures.map(({ error }) => (error as Error).message);

describe('a batch', () => {
  it('goes on after a broken picture, then skips what is finished', async () => {
    const options = { formats: ['json', 'labels', 'masks'], resume: true, recursive: true };
    const first = await plan([at('in'), at('none.jpg')], at('out'), options);
    expect(first.todo.map(({ picture: { stem, folder: below } }) => [stem, below])).toEqual([
      ['a', ''],
      ['b', ''],
      ['c', 'more'],
    ]);
    expect(first.failures.map(({ path }) => path)).toEqual([at('none.jpg')]);
    expect(await run(first)).toEqual([
      'begin a.png',
      expect.stringMatching(/^failed a\.png "a\.png" is truncated/),
      'begin b.png',
      'done b.png 2',
      'begin c.png',
      'done c.png 2',
    ]);
    const each = (stem: string): string[] => ['json', 'masks', 'masks/000.png', 'masks/001.png', 'png'].map((end) => `${stem}.${end}`);
    expect(filesOf('out')).toEqual([...each('b'), 'more', ...each('more/c')].map((name) => join(name)));

    expect(stems(await plan([at('in')], at('out'), options))).toEqual([['a'], ['b', 'c']]);
    expect(sentences(await plan([at('in')], at('out'), { ...options, resume: false }))).toEqual([
      expect.stringMatching(/b\.png" exists: .*--resume skips/),
      expect.stringMatching(/c\.png" exists/),
    ]);
  });

  it('stops where the signal is aborted, with the reason', async () => {
    const controller = new AbortController();
    const { told, events } = listener();
    const done: Events['done'] = (job, made, ms) => {
      events.done(job, made, ms);
      controller.abort(new Error('enough'));
    };
    const { todo } = await plan([at('in', 'b.png'), at('in', 'more', 'c.png')], at('stopped'), { formats: ['labels'] });
    await expect(runJobs(todo, RECIPE, controller.signal, { ...events, done })).rejects.toThrow('enough');
    expect(told).toEqual(['begin b.png', 'done b.png 2']);
    expect(filesOf('stopped')).toEqual(['b.png']);
  });

  it('tells which pictures would be written to one file, and what keeps them apart', async () => {
    mkdirSync(at('x', 'y'), { recursive: true });
    for (const name of ['x/p.png', 'x/p.PNG', 'x/y/q.png', 'x/q.png']) writeFileSync(at(name), picture);
    const all = await plan([at('x')], at('o'));
    expect([stems(all)[0], sentences(all)]).toEqual([['q'], Array(2).fill(expect.stringMatching(/p\.(png|PNG)" would .* --name full/))]);
    expect(filesOf('x')).toHaveLength(5);
    const { todo } = await plan([at('x')], at('o'), { name: 'full' });
    expect(todo.map(({ outputs }) => outputs[0].path)).toEqual(['p.PNG.png', 'p.png.png', 'q.png.png'].map((name) => at('o', name)));

    const glob = `${at('x')}/**/q.png`;
    expect(sentences(await plan([glob], at('o')))).toEqual(Array(2).fill(expect.stringMatching(/--recursive mirrors/)));
    expect((await plan([glob], at('o'), { recursive: true })).todo.map(({ picture }) => picture.folder)).toEqual(['', 'y']);
    const two = [at('x'), at('x', 'y')];
    expect(sentences(await plan([two[1], at('x', 'q.png')], at('o'), { recursive: true }))).toEqual(
      Array(2).fill(expect.stringMatching(/--name path keeps/)),
    );
    const apart = await plan(two, at('o'), { recursive: true, name: 'path' });
    expect(apart.todo).toHaveLength(4);
    expect(apart.failures).toEqual([]);
    expect(sentences(await plan([at('in', 'b.png')], at('in')))).toEqual([expect.stringMatching(/would be written over: --name full/)]);
  });

  it('takes names as long as the file system allows', async () => {
    const long = ['é'.repeat(125), 'a'.repeat(250)].map((stem) => `${stem}x.png`.slice(-251));
    mkdirSync(at('long'));
    for (const name of long) writeFileSync(at('long', name), picture);
    const { todo } = await plan([at('long')], at('long-out'), { formats: ['labels', 'overlay', 'masks', 'json'] });
    expect((await run({ todo, skipped: [], failures: [] })).filter((line) => line.startsWith('done'))).toHaveLength(2);
    expect(filesOf('long-out').filter((name) => !name.includes('.masks'))).toHaveLength(6);
  });
});

describe('outputs that are there', () => {
  const args = [at('in', 'b.png')];
  const options = { formats: ['labels', 'json', 'masks'], resume: true };
  const again = (more: Partial<PlanOptions> = {}): Promise<Plan> => plan(args, at('there'), { ...options, ...more });

  it('are kept where they were made otherwise, and replaced where that is asked, with what was made beside them', async () => {
    await run(await again());
    expect(sentences(await again({ asked: { tau: 0.6 } }))).toEqual([
      expect.stringMatching(/was made otherwise \(tau 0\.5 there, 0\.6 asked for\): --overwrite replaces it, or choose another folder/),
    ]);
    expect(sentences(await again({ asked: { tau: 0.6 }, resume: false, formats: ['npy'] }))).toEqual([expect.stringMatching(/made otherwise/)]);
    utimesSync(at('in', 'b.png'), 1, 1);
    expect(sentences(await again())).toEqual([expect.stringMatching(/another picture, or one that was changed since/)]);

    await run(await again({ resume: false, overwrite: true, formats: ['npy'] }));
    expect(filesOf('there')).toEqual(['b.npy']);
    await run(await again({ resume: false, formats: ['labels', 'json'] }));
    expect(filesOf('there')).toEqual(['b.json', 'b.npy', 'b.png']);
    expect(stems(await again({ formats: ['labels', 'npy', 'json'] }))).toEqual([[], ['b']]);
  });

  it('are no finished ones where they are empty, and not ours where they were changed, be they shorter', async () => {
    const whole = readFileSync(at('there', 'b.png'));
    writeFileSync(at('there', 'b.png'), '');
    expect(stems(await again({ formats: ['labels'] }))).toEqual([['b'], []]);
    expect(stems(await again({ formats: ['labels'], resume: false }))).toEqual([['b'], []]);
    for (const changed of ['mine', whole.subarray(0, 50)]) {
      writeFileSync(at('there', 'b.png'), changed);
      for (const resume of [true, false])
        expect(sentences(await again({ formats: ['labels'], resume }))).toEqual([expect.stringMatching(/b\.png" exists: --overwrite replaces it/)]);
    }
    rmSync(at('there', 'b.png'));
    await run(await again({ formats: ['labels'] }));
    expect(readFileSync(at('there', 'b.png'))).toEqual(whole);
  });

  it('are told from inputs through links to their folders, too', async () => {
    mkdirSync(at('linked'));
    writeFileSync(at('linked', 'p.png'), picture);
    symlinkSync(at('linked'), at('link'), 'junction');
    const over = await plan([at('linked')], at('link'), { formats: ['labels'], overwrite: true });
    expect(sentences(over)).toEqual([expect.stringMatching(/p\.png" is to be read and would be written over/)]);
    await expect(checkNew([at('link', 'p.png')], true, [at('linked', 'p.png')])).rejects.toThrow(/is read and would be written over/);
    symlinkSync(at('linked', 'p.png'), at('q.png'));
    await expect(checkNew([at('linked', 'p.png')], true, [at('q.png')])).rejects.toThrow(/is read and would be written over/);
  });

  it('are taken for done where another run was faster, and for what they are where that asked otherwise', async () => {
    const asked = { formats: ['labels', 'masks'] };
    const [first, second, other] = await Promise.all([
      plan(args, at('twice'), asked),
      plan(args, at('twice'), asked),
      plan(args, at('twice'), { ...asked, asked: { tau: 0.6 } }),
    ]);
    await run(first);
    expect(await run(second)).toContain('done b.png 2');
    expect((await run(other)).join()).toMatch(/failed b\.png .*exists: --overwrite replaces it/);
  });

  it('are never replaced where they hold what others put there', async () => {
    await run(await again({ formats: ['masks'] }));
    writeFileSync(at('there', 'b.masks', 'notes.txt'), 'mine');
    for (const more of [{}, { resume: false, overwrite: true }]) expect(sentences(await again({ formats: ['masks'], ...more }))).toHaveLength(1);
    expect(existsSync(at('there', 'b.masks', 'notes.txt'))).toBe(true);
  });

  it('are no inputs, as long as nobody put a picture in their place', async () => {
    for (const name of ['a.png', 'c.png']) writeFileSync(at('there', name), picture);
    const found = async (pattern: string): Promise<string[]> =>
      (await findPictures([pattern], { recursive: true, output: at('elsewhere') })).pictures.map(({ stem }) => stem);
    for (const pattern of [at('there'), `${at('there')}/`, `${at('there')}/**/*`]) expect(await found(pattern)).toEqual(['a', 'c']);
    writeFileSync(at('there', 'b.png'), picture);
    expect(await found(at('there'))).toEqual(['a', 'b', 'c']);
  });

  it('are all or none: an error in the middle leaves nothing', async () => {
    const { todo } = await plan(args, at('full'), { formats: ['labels', 'json'] });
    mkdirSync(at('full', 'b.json'), { recursive: true });
    writeFileSync(at('full', 'b.json', 'x'), '');
    const told = await run({ todo, skipped: [], failures: [] });
    expect(told[1]).toMatch(/failed b\.png .*a folder is in its place/);
    rmSync(at('full', 'b.json'), { recursive: true });
    expect(readdirSync(at('full')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const rest = await plan(args, at('full'), { formats: ['labels', 'json'] });
    expect(stems(rest)).toEqual([['b'], []]); // the same command goes on
    expect(await run(rest)).toContain('done b.png 2');
    expect(statSync(at('full', 'b.json')).isFile()).toBe(true);
  });
});

it('writes over nothing that is read, whatever may be replaced', async () => {
  await expect(checkNew([at('in', 'a.png')], true, [at('in', 'b.png'), at('in', '.', 'a.png')])).rejects.toThrow(/is read and would be written over/);
  await expect(checkNew([at('new.npy')], false, [at('in', 'a.png')])).resolves.toBeUndefined();
  const options = { formats: ['npy'], overwrite: true, features: at('out', 'b.npy') };
  expect(sentences(await plan([at('in', 'b.png')], at('out'), options))).toEqual([expect.stringMatching(/is to be read and would be/)]);
});

it.skipIf(!existsSync('/proc/self'))('finds a folder that takes nothing', async () => {
  await expect(checkWritable('/proc/self')).rejects.toThrow(/"\/proc\/self" cannot be written to/);
  await expect(checkWritable(at('in', 'b.png', 'x'))).rejects.toThrow(/could not be made: a file is in its place/);
  mkdirSync(at('tried'));
  writeFileSync(at('tried', 'more'), '');
  expect(sentences(await plan([at('in')], at('tried'), { recursive: true }))).toEqual([
    expect.stringMatching(/could not be written: a file is in its place/),
  ]);
});

it('removes what a killed process left half done, and nothing else', async () => {
  const name = (here: string, pid: number, n: number): string => `.diffcut.${here}.${pid}.${String(n).padStart(16, '0')}.tmp`;
  const own = [name(PROCESSES, 77, 0), name(PROCESSES, 77, 12)];
  const others = [name(PROCESSES, 7, 0), name('0123456789ab', 77, 0), '.diffcut.77.0.tmp', 'x.77.tmp', 'x.json'];
  for (const one of [...own, ...others]) mkdirSync(at('half', one, '0'), { recursive: true });
  removeStages(at('half'), 77);
  expect(readdirSync(at('half')).sort()).toEqual(others.sort());
  removeStages(at('nowhere'), 77);
});

it('says where several at a time are not to be had', async () => {
  const recipe = { options: {}, encoder: 'embedded', encoderOptions: {} };
  const events = { ...listener().events, opened: () => {} };
  await expect(runPool([], recipe, 2, new AbortController().signal, events)).rejects.toThrow(/npm run build/);
});

describe('a ledger that is followed', () => {
  it('says what the whole one says, whoever adds to it, takes it away or puts another in its place', async () => {
    const [first, second] = ['followed', 'other'].map((name) => at(name));
    for (const folder of [first, second]) mkdirSync(folder);
    const entry = (stem: string, name: string): Entry => ({ stem, picture: { name }, asked: {}, outputs: {} });
    const read = followLedger();
    const check = async (folder: string): Promise<number> => {
      const { entries } = await readLedger(folder);
      for (const stem of ['ä', 'b', 'none']) expect((await read(folder, stem)).entries.get(stem) ?? []).toEqual(entries.get(stem) ?? []);
      return entries.size;
    };
    expect(await check(first)).toBe(0);
    await appendEntry(first, entry('ä', 'ä.png'));
    expect(await check(first)).toBe(1);
    await appendEntry(first, entry('b', 'b.png'));
    await appendEntry(first, entry('ä', 'ä.jpg'));
    expect(await check(first)).toBe(2);
    const bytes = Buffer.from(`\n${JSON.stringify(entry('b', 'ä.gif'))}`);
    const half = bytes.indexOf('ä') + 1; // within the letter
    appendFileSync(join(first, LEDGER), bytes.subarray(0, half));
    await check(first);
    appendFileSync(join(first, LEDGER), bytes.subarray(half));
    await check(first);
    expect((await read(first, 'b')).entries.get('b')).toHaveLength(2);
    appendFileSync(join(first, LEDGER), '\n{"stem":"b","half');
    await appendEntry(second, entry('b', 'c.png'));
    await check(second);
    await check(first);
    rmSync(join(first, LEDGER));
    expect(await check(first)).toBe(0);
    await appendEntry(first, entry('b', 'd.png'));
    expect(await check(first)).toBe(1);
  });
});
