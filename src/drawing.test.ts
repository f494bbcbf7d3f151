/** Nodes of a tree drawn, and superpixels. */
import { beforeAll, describe, expect, it } from 'vitest';
import { featuresOf, paint } from '../test/scenes.ts';
import { type Analysis, analyse, type Drawing, draw, nodesAt, segment, splitComponents, splitNode, superpixels, usedOptions } from './index.ts';
import { areasOf } from './tensor/ids.ts';
import type { RgbImage } from './types.ts';

/** Blocks and a disc, with noise, larger than what is worked on. */
const SCENE: RgbImage = paint(700, 520, (x, y) => {
  const noise = (Math.imul(x * 7919 + y * 104729, 2654435761) >>> 24) / 8;
  if ((x - 200) ** 2 + (y - 250) ** 2 < 14_000) return [200 + noise, 40 + noise, 30 + noise];
  if (x > 400 && x < 640 && y > 160) return [20 + noise, 60 + noise, 190 + noise];
  return [70 + noise, (y % 64) + 90 + noise, 80 + noise];
});
const FEATURES = featuresOf(28, 21, (x, y) => {
  if ((x * 25 - 188) ** 2 + (y * 25 - 238) ** 2 < 14_000) return y < 10 ? 1 : 2;
  if (x > 15 && x < 26 && y > 6) return x < 20 ? 3 : 4;
  return 0;
});
/** Everything on the right is transparent. */
const CLEAR: RgbImage = { ...SCENE, alpha: Uint8Array.from({ length: 700 * 520 }, (_, i) => (i % 700 < 560 ? 255 : 0)) };

const analyses: Record<string, Analysis> = {};
beforeAll(async () => {
  analyses.merge = await analyse(CLEAR, { features: FEATURES, solver: 'merge' });
  analyses.ncut = await analyse(CLEAR, { features: FEATURES, treeTau: 1 });
});

/** Labels with ids by first appearance, and what `a` is called in `b`, where each is called one thing. */
const namesIn = (a: Drawing, b: Drawing): Map<number, number> => {
  const names = new Map<number, number>();
  a.data.forEach((id, i) => {
    if (!names.has(id)) names.set(id, b.data[i]);
    if (names.get(id) !== b.data[i]) throw new Error(`${id} is ${names.get(id)} and ${b.data[i]} at ${i}`);
  });
  return names;
};

const AT = { price: 0.004, ease: 0.4 };

describe.each(['merge', 'ncut'])('nodes drawn, %s', (solver) => {
  it.each([
    {},
    { refine: 'none' },
    { refine: 'pamr', size: 300 },
    { size: 256, minArea: 2000 },
    { split: true },
    { split: true, minArea: 900, refine: 'none' },
    { keepAlpha: true },
    { keepAlpha: true, split: true, minArea: 500 },
  ] as const)('are drawn as their granularity is, in any order, and called by their index: %j', async (options) => {
    const analysis = analyses[solver];
    const nodes = nodesAt(analysis.tree, AT);
    expect(nodes.length).toBeGreaterThan(2);
    const there = await draw(analysis, AT, options);
    expect(there).not.toHaveProperty('nodes');
    for (const order of [nodes, nodes.toReversed()]) {
      const here = await draw(analysis, { nodes: order }, options);
      const names = namesIn(there, here);
      expect(new Set(names.values()).size).toBe(names.size); // the same partition
      expect([here.width, here.height, here.lost]).toEqual([there.width, there.height, there.lost]);
      expect([...(here.nodes as Int32Array)].slice(0, order.length)).toEqual([...order]);
      expect(here.transparent).toBe(there.transparent === undefined ? undefined : names.get(there.transparent));
      if (here.transparent !== undefined) expect((here.nodes as Int32Array)[here.transparent]).toBe(-1);
      expect(Math.max(...areasOf(here).keys())).toBeLessThan((here.nodes as Int32Array).length);
    }
  });

  it('are where their elements are', async () => {
    const { tree } = analyses[solver];
    const nodes = nodesAt(tree, AT);
    const drawn = await draw(analyses[solver], { nodes }, { refine: 'none', size: Math.max(tree.cells.width, tree.cells.height) });
    const nodeOf = new Map(
      [...nodes].flatMap((node) => Array.from(tree.order.subarray(tree.from[node], tree.to[node]), (element) => [element, node])),
    );
    let same = 0;
    const { width, height, data } = tree.cells;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
        const id = drawn.data[Math.floor(v * drawn.height) * drawn.width + Math.floor(u * drawn.width)];
        if (nodeOf.get(data[y * width + x]) === nodes[id]) same++;
      }
    expect(same / data.length).toBeGreaterThan(0.9);
  });

  it('are told for further pieces, too: the largest has the index', async () => {
    const nodes = [0];
    const whole = await draw(analyses[solver], { nodes }, { refine: 'none' });
    expect(whole.nodes).toEqual(Int32Array.of(0));
    // a transparent strip in the middle parts the one segment
    const alpha = Uint8Array.from({ length: 700 * 520 }, (_, i) => (i % 700 > 100 && i % 700 < 200 ? 0 : 255));
    const parted = { ...analyses[solver], picture: { ...SCENE, alpha } };
    const drawn = await draw(parted, { nodes }, { refine: 'none', split: true, keepAlpha: true });
    expect([...(drawn.nodes as Int32Array)].sort()).toEqual([-1, 0, 0]);
    expect(areasOf(drawn).get(0)).toBe(500 * 520);
    expect(drawn.data[0]).toBe((drawn.nodes as Int32Array).lastIndexOf(0));
  });

  it('draw what a node falls apart into', async () => {
    const { tree } = analyses[solver];
    const nodes = [...nodesAt(tree, AT)];
    const index = nodes.findIndex((node) => splitNode(tree, node).length > 1);
    const parts = [...splitNode(tree, nodes[index])];
    const after = await draw(analyses[solver], { nodes: nodes.toSpliced(index, 1, ...parts) }, { refine: 'none' });
    expect(parts.filter((_, i) => areasOf(after).has(index + i)).length).toBeGreaterThan(1);
    if (solver === 'ncut') return; // tokens are drawn by what each segment is like: one more has a say in the others
    const names = namesIn(after, await draw(analyses.merge, { nodes }, { refine: 'none' }));
    expect([...names].flatMap(([id, name]) => (name === index ? [id - index] : [])).sort((a, b) => a - b)).toEqual([...parts.keys()]);
  });

  it('are refused beside a granularity, and where they do not cover the picture', async () => {
    const analysis = analyses[solver];
    await expect(draw(analysis, { nodes: [1] })).rejects.toThrow(/^The nodes leave out/);
    await expect(draw(analysis, { nodes: [0], price: 0.1 } as never)).rejects.toThrow(/^Both nodes and price were given, and nodes are the segments/);
    await expect(draw(analysis, { nodes: 5 } as never)).rejects.toThrow(/^Expected a list of nodes for nodes but received 5/);
  });
});

describe('usedOptions', () => {
  it('are those that segment tells', async () => {
    for (const given of [
      {},
      { price: 0.01, refine: 'none', minArea: 5 },
      { ease: 0.1, join: 0.2 },
      { tau: 0.3, solver: 'ncut', split: true },
    ] as const) {
      const { options } = await segment(SCENE, { features: FEATURES, ...given });
      const { solver: _, ...drawn } = { solver: 0, ...given };
      const { tau, price, ease, join, ...drawing } = drawn as Record<string, never>;
      expect(usedOptions(await analyse(SCENE, { features: FEATURES, ...given }), { tau, price, ease, join }, drawing)).toEqual(options);
    }
  });

  it('tell no granularity of nodes, and refuse what draw refuses', () => {
    const used = usedOptions(analyses.merge, { nodes: [0] }, { size: 100 });
    expect(used).toMatchObject({ solver: 'merge', tau: null, price: null, ease: null, join: null, refine: 'edges' });
    expect(() => usedOptions(analyses.merge, { tau: 0.5 })).toThrow(/^Both the solver merge and tau were given/);
    expect(() => usedOptions({} as never)).toThrow(/^Expected what analyse gave for analysis/);
  });
});

describe('superpixels', () => {
  it.each(['merge', 'ncut'])('are the regions that borders are drawn along, each in one piece (%s)', async (solver) => {
    const fresh = structuredClone(analyses[solver]);
    delete fresh.regions;
    const labels = await superpixels(fresh);
    expect([labels.width, labels.height]).toEqual([700, 520]);
    const areas = areasOf(labels);
    const { regions } = fresh as Required<Analysis>;
    const { count, area } = regions;
    expect(Math.max(...areas.keys())).toBeLessThan(count);
    expect(areas.size).toBeGreaterThan(0.99 * count);
    expect(areasOf(await splitComponents(labels)).size).toBe(areas.size);
    for (const [id, pixels] of areas) if (area[id] > 200) expect(pixels / area[id] / ((700 * 520) / (512 * 380))).toBeGreaterThan(0.7);
    const small = await superpixels(fresh, { size: 256 });
    expect(fresh.regions).toBe(regions); // made once
    expect([small.width, small.height]).toEqual([256, 190]);
    expect(Math.max(...areasOf(small).keys())).toBeLessThan(count);
  });

  it('are the elements of a tree of merge, where nothing has to be enlarged', async () => {
    const picture = paint(120, 90, (x, y) => [x * 2, y * 2, ((x >> 4) + (y >> 4)) * 20]);
    const analysis = await analyse(picture, { features: FEATURES, solver: 'merge' });
    expect((await superpixels(analysis)).data).toEqual(analysis.tree.cells.data);
  });

  it('say what is wrong, and stop', async () => {
    await expect(superpixels({} as never)).rejects.toThrow(/^Expected what analyse gave for analysis/);
    await expect(superpixels(analyses.merge, { size: 0 })).rejects.toThrow(/for size but received 0/);
    await expect(superpixels(analyses.merge, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
