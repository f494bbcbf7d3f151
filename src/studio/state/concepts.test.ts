/** The view of concepts without its page: what is said while it fills, numbers that stay, rows that become one, and what goes with it. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Edit } from '../worker/edits.ts';

/** Three regions of each picture, the nth of all alike, as the worker would have them. */
const REGIONS = [0, 1, 2];
const classes = new Map<string, number | undefined>();
let version = 1;
let holdUp: Promise<void> | undefined;
const regionsOf = (id: string) => ({
  picture: id,
  version,
  rows: REGIONS.map((region) => ({ id: region, classId: classes.get(`${id}-${region}`) })),
  isDone: true,
});
const steps: [string, number | undefined][][] = [];
const HANDLERS: Record<string, (args: never) => unknown> = {
  conceptRegions: async ({ id }: { id: string }) => {
    await holdUp;
    const regions = REGIONS.map((region) => ({ id: region, share: 0.3, classId: classes.get(`${id}-${region}`) }));
    return { picture: id, version, labels: 1, regions };
  },
  concepts: ({ of, dearer }: { of: { id: string; regions: number[] }[]; dearer: number }) => {
    const all = of.flatMap(({ id, regions }) => regions.map((region) => (dearer < 0.5 ? `${id}-${region}` : region)));
    const rows = [...new Set(all)];
    return { row: Int32Array.from(all, (region) => rows.indexOf(region)), cosine: new Float32Array(all.length).fill(1) };
  },
  edit: ({ id, edit }: { id: string; edit: Edit & { kind: 'classify' } }) => {
    const keys = edit.ids.map((region) => `${id}-${region}`);
    steps.push(keys.map((key) => [key, classes.get(key)]));
    for (const key of keys) classes.set(key, edit.classId);
    version++;
    return regionsOf(id);
  },
  undo: ({ id }: { id: string }) => {
    const step = steps.findLastIndex(([[key]]) => key.startsWith(id));
    for (const [key, before] of steps.splice(step, 1)[0]) classes.set(key, before);
    version++;
    return regionsOf(id);
  },
};
vi.mock('../bridge/bridge.ts', () => ({
  createBridge: () => ({ call: async (name: string, args: never) => HANDLERS[name]?.(args), hold: () => {} }),
  isVoid: () => false,
}));

let view: typeof import('./concepts.ts');
let moves: typeof import('./concept-moves.ts');
let work: typeof import('./work.ts');
beforeAll(async () => {
  vi.stubGlobal('document', { documentElement: { dataset: {} }, baseURI: 'http://localhost/' });
  [view, moves, work] = await Promise.all([import('./concepts.ts'), import('./concept-moves.ts'), import('./work.ts'), import('./naming.ts')]);
});

const told = (): string[] => view.rows.value.map((row) => `${moves.nameOf(row)}: ${row.parts.map(({ key }) => key).join(' ')}`);
const row = (name: string) => view.rows.value.find((one) => moves.nameOf(one) === name) as (typeof view.rows.value)[number];
const part = (key: string) => view.partOf.value.get(key) as NonNullable<ReturnType<typeof view.partOf.value.get>>;
const grouped = (): Promise<unknown> => vi.waitFor(() => expect(view.isBusy.value).toBe(false));
const FOUND = ['Concept 0: a-0 b-0 c-0', 'Concept 1: a-1 b-1 c-1', 'Concept 2: a-2 b-2 c-2'];

beforeEach(async () => {
  classes.clear();
  version++;
  work.mode.value = 'regions';
  work.notice.value = undefined;
  work.classes.value = [];
  view.byHand.value = new Map();
  work.items.value = ['a', 'b', 'c'].map((id, order) => ({ id, name: id, status: 'ready', isDone: false, settings: {}, order }));
});

describe('the view of concepts', () => {
  it('begins with the price of the command, in the middle of the slider', () => {
    expect(view.dearer.value).toBe(1);
    expect(view.DEARER.fewest * view.DEARER.most).toBeCloseTo(1, 9);
  });

  it('says how far it is while it fills', async () => {
    let goOn = (): void => {};
    holdUp = new Promise((resolve) => {
      goOn = resolve;
    });
    work.mode.value = 'concepts';
    expect(view.heading.value).toMatch(/Looking at picture 1 of 3$/);
    view.stopLooking();
    expect(view.heading.value).toMatch(/Stopped: 0 of 3 pictures looked at\.$/);
    goOn();
    holdUp = undefined;
    view.goOn();
    await grouped();
    expect(view.heading.value).toBe('3 rows of 9 regions in 3 pictures');
    work.items.value = [...work.items.value, { ...work.items.value[0], id: 'd', name: 'd' }];
    expect(view.heading.value).toBe('3 rows of 9 regions in 3 pictures so far · Looking at picture 4 of 4');
    await grouped();
    expect(view.heading.value).toBe('3 rows of 12 regions in 4 pictures');
  });

  it('is not drawn anew for what is as it was when it is opened again', async () => {
    work.mode.value = 'concepts';
    await grouped();
    const { value: before } = view.rows;
    work.mode.value = 'regions';
    work.mode.value = 'concepts';
    await grouped();
    expect(view.rows.value).toBe(before);
    const [here, there] = [part('a-0'), part('b-0')];
    await moves.nameRow({ ...row('Concept 0'), parts: [here] }, 'sky');
    expect(part('a-0')).not.toBe(here);
    expect(part('b-0')).toBe(there);
    await moves.undoMove();
  });

  it('keeps the number of each row, whatever is moved, named and taken back', async () => {
    work.mode.value = 'concepts';
    await grouped();
    expect(told()).toEqual(FOUND);
    await moves.move([part('a-1'), part('b-1')], row('Concept 2'));
    expect(told()).toEqual(['Concept 2: a-1 a-2 b-1 b-2 c-2', 'Concept 0: a-0 b-0 c-0', 'Concept 1: c-1']);
    await moves.move([part('c-0')], 'new');
    expect(told()).toEqual(['Concept 2: a-1 a-2 b-1 b-2 c-2', 'Concept 0: a-0 b-0', 'Concept 3: c-0', 'Concept 1: c-1']);
    await moves.nameRow(row('Concept 0'), 'sky');
    expect(told()).toEqual(['Concept 2: a-1 a-2 b-1 b-2 c-2', 'sky: a-0 b-0', 'Concept 3: c-0', 'Concept 1: c-1']);
    for (let i = 0; i < 3; i++) await moves.undoMove();
    expect(told()).toEqual(FOUND);
  });

  it('gives no number twice where a merge is taken back after others were found', async () => {
    work.mode.value = 'concepts';
    await grouped();
    await moves.move([part('a-0')], 'new');
    await moves.move([part('a-1')], row('Concept 3'));
    await moves.move(row('Concept 3').parts, row('Concept 2'));
    view.dearer.value = 0.3;
    await grouped();
    await moves.undoMove();
    await grouped();
    const names = view.rows.value.map(moves.nameOf);
    expect(new Set(names).size).toBe(names.length);
    expect(row('Concept 3').parts.map(({ key }) => key)).toEqual(['a-0', 'a-1']);
    for (let i = 0; i < 2; i++) await moves.undoMove();
    view.dearer.value = 1;
    await grouped();
    expect(told()).toEqual(FOUND);
  });

  it('says that a row of the name was there when one is named as another is, and takes it back', async () => {
    work.mode.value = 'concepts';
    await grouped();
    await moves.nameRow(row('Concept 0'), 'sky');
    expect(work.notice.value?.text).toBe('3 regions in 3 pictures named “sky”.');
    await moves.nameRow(row('Concept 1'), ' sky');
    expect(work.notice.value?.text).toBe('There was a row “sky” already: 3 regions are in it now, too.');
    expect(told()[0]).toBe('sky: a-0 a-1 b-0 b-1 c-0 c-1');
    work.notice.value?.action?.run();
    await vi.waitFor(() => expect(told()).toEqual([FOUND[0].replace('Concept 0', 'sky'), ...FOUND.slice(1)]));
    await moves.undoMove();
  });

  it('takes its notice along when it is left', async () => {
    work.mode.value = 'concepts';
    await grouped();
    await moves.move([part('a-1')], row('Concept 2'));
    expect(work.notice.value?.action).toBeDefined();
    work.mode.value = 'regions';
    expect(work.notice.value).toBeUndefined();
    work.notice.value = { kind: 'said', text: 'a is removed.', action: { text: 'Undo', run: () => {} } };
    work.mode.value = 'concepts';
    expect(work.notice.value).toBeDefined(); // of all views
    await moves.undoMove();
  });
});
