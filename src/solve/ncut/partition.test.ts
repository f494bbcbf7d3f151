import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement, goldenFeatures, goldenJson, goldenLabels } from '../../../test/goldens.ts';
import { unitFeatures } from '../../tensor/features.ts';
import type { CutTree, FeatureMap } from '../../types.ts';
import { cut, elementsOf } from '../tree.ts';
import { partition } from './partition.ts';

interface Case {
  name: string;
  features: string;
  labels: string;
  alpha: number;
  tau: number;
  nodes: { ncut: number }[];
}

describe('partition beside the reference', () => {
  const { cases } = goldenJson<{ cases: Case[] }>('partition/cases.json');
  const compared = new Map<string, ReturnType<typeof compare>>();

  const compare = async ({ features, labels, alpha, tau }: Case) => {
    const { labels: ours, tree } = await partition(goldenFeatures(`partition/${features}`), { alpha, tau });
    return { share: agreement(ours, goldenLabels(`partition/${labels}`)), ncut: tree.cut?.ncut[0] };
  };
  /** Each case is cut once, by whichever test comes first. */
  const comparedOf = (of: Case) => {
    const done = compared.get(of.name) ?? compare(of);
    compared.set(of.name, done);
    return done;
  };

  it.each(cases)('$name', async (of) => {
    const { share, ncut } = await comparedOf(of);
    expect(share).toBeGreaterThanOrEqual(0.99);
    expect(ncut).toBeCloseTo(of.nodes[0].ncut, 3);
  });

  it('agrees on 99.9 % of tokens on average, over 30 maps or more', async () => {
    expect(cases.length).toBeGreaterThanOrEqual(30);
    const shares = await Promise.all(cases.map(async (of) => (await comparedOf(of)).share));
    expect(shares.reduce((a, b) => a + b, 0) / shares.length).toBeGreaterThanOrEqual(0.999);
  });
});

const blocks = (width: number, height: number, of: (x: number, y: number) => number[]): FeatureMap => {
  const cells = Array.from({ length: width * height }, (_, i) => of(i % width, Math.floor(i / width)));
  return { data: Float32Array.from(cells.flat()), width, height, channels: cells[0].length };
};

const checkTree = (tree: CutTree): void => {
  const { children, parent, share } = tree;
  const { ncut, treeTau } = tree.cut as NonNullable<CutTree['cut']>;
  expect(parent[0]).toBe(-1);
  expect([...elementsOf(tree, 0)].sort((a, b) => a - b)).toEqual([...tree.order.keys()]);
  for (let i = 0; i < parent.length; i++) {
    const [one, rest] = [children[2 * i], children[2 * i + 1]];
    if (one < 0) {
      expect(ncut[i]).toBeGreaterThanOrEqual(treeTau);
      expect([...elementsOf(tree, i)]).toEqual([...elementsOf(tree, i)].sort((a, b) => a - b));
      continue;
    }
    expect(ncut[i]).toBeLessThan(treeTau);
    expect([parent[one], parent[rest]]).toEqual([i, i]);
    expect(share[one] + share[rest]).toBeCloseTo(share[i], 12);
    const sides = [elementsOf(tree, one), elementsOf(tree, rest)];
    expect([...sides[0], ...sides[1]]).toEqual([...elementsOf(tree, i)]);
    expect(sides[0].length * sides[1].length).toBeGreaterThan(0);
  }
};

describe('hard graphs', () => {
  it('cuts two regions without any likeness, where the reference can return one segment', async () => {
    const map = blocks(16, 16, (x) => (x < 7 ? [1, 0] : [0, 1]));
    for (const parity of [true, false]) {
      const { labels } = await partition(map, { tau: 0.5, parity });
      expect(agreement(labels, { ...labels, data: labels.data.map((_, i) => (i % 16 < 7 ? 0 : 1)) })).toBe(1);
    }
  });

  it('finds five disconnected regions by the clean rule', async () => {
    const map = blocks(20, 5, (x) => Array.from({ length: 5 }, (_, c) => (c === Math.floor(x / 4) ? 1 : 0)));
    const { labels } = await partition(map, { parity: false });
    expect(new Set(labels.data).size).toBe(5);
    expect(agreement(labels, { ...labels, data: labels.data.map((_, i) => Math.floor((i % 20) / 4)) })).toBe(1);
  });

  it('separates more than 128 regions, past where the reference overflows its float codes', async () => {
    const map = blocks(150, 2, (x) => Array.from({ length: 150 }, (_, c) => (c === x ? 1 : 0)));
    const { labels } = await partition(map, { parity: false });
    expect(new Set(labels.data).size).toBe(150);
  });

  it.each([
    ['constant features', blocks(8, 8, () => [3, 4])],
    ['all zero', blocks(8, 8, () => [0, 0])],
    ['one token', blocks(1, 1, () => [1, 2])],
  ])('keeps %s in one segment', async (_, map) => {
    const { labels, tree } = await partition(map);
    expect(new Set(labels.data)).toEqual(new Set([0]));
    checkTree(tree);
  });

  it('splits two tokens that differ, and not two that are alike', async () => {
    expect([...(await partition(blocks(2, 1, (x) => (x ? [1, 0] : [0, 1])))).labels.data]).toEqual([0, 1]);
    expect([...(await partition(blocks(2, 1, () => [1, 1]))).labels.data]).toEqual([0, 0]);
  });

  it('takes a zero feature vector among others', async () => {
    const { labels } = await partition(
      blocks(6, 6, (x, y) => (x + y === 0 ? [0, 0] : x < 3 ? [1, 0.1] : [0.1, 1])),
      { parity: false },
    );
    expect(labels.data[1]).not.toBe(labels.data[5]);
  });

  it('takes a graph whose eigenvalues are all but one zero', async () => {
    const signs = [0, -1, -1, 1, -1, -1, -1, 1, 1, -1, 1, -1, -1, 1, 1, 1, -1, 1, 1, -1, -1, 1, 1, 1];
    const map = { data: Float32Array.from(signs), width: 4, height: 6, channels: 1 };
    for (const alpha of [1, 3, 10]) checkTree((await partition(map, { alpha, tau: 0.9, parity: false })).tree);
  });

  it('is the same twice, and whatever the scale', async () => {
    const map = goldenFeatures('partition/coffee-16x16.npy');
    const first = await partition(map, { alpha: 3, tau: 0.6 });
    expect((await partition(map, { alpha: 3, tau: 0.6 })).tree).toEqual(first.tree);
    const scaled = { ...map, data: map.data.map((v) => v * 1024) };
    expect((await partition(scaled, { alpha: 3, tau: 0.6 })).labels).toEqual(first.labels);
    expect((await partition(unitFeatures(map), { alpha: 3, tau: 0.6 })).tree).toEqual(first.tree); // normalised once is enough
  });
});

describe('one tree, every granularity', () => {
  const map = goldenFeatures('partition/astronaut-24x24.npy');

  it('cut equals a fresh partition at that tau', async () => {
    const { tree } = await partition(map, { alpha: 3, tau: 0.3, treeTau: 0.8 });
    for (const tau of [0, 0.2, 0.5, 0.65, 0.8]) expect(await cut(tree, map, { tau })).toEqual((await partition(map, { alpha: 3, tau })).labels);
  });

  it('refuses a tau the tree was not built for', async () => {
    const { tree } = await partition(map, { alpha: 3 });
    await expect(cut(tree, map, { tau: 0.6 })).rejects.toThrow(
      /^The tree was built down to tau 0\.5, and tau is 0\.6: build it with treeTau 0\.6 or more$/,
    );
    await expect(partition(map, { tau: 0.5, treeTau: 0.4 })).rejects.toThrow(/^Expected a number from tau \(0\.5\) to 2 for treeTau/);
  });

  it('refuses a price on a tree that is too shallow for it, which would answer with fewer segments', async () => {
    const { tree } = await partition(map, { alpha: 3, tau: 0.3 });
    await expect(cut(tree, map, { price: 0.01 })).rejects.toThrow(
      /^The tree was built down to tau 0\.3, and a price wants 0\.75: build it with treeTau 0\.75/,
    );
    const { tree: deep } = await partition(map, { alpha: 3, tau: 0.3, treeTau: 0.75 });
    expect(new Set((await cut(deep, map, { price: 0.01 })).data).size).toBeGreaterThan(1);
  });

  it.each<[unknown, RegExp]>([
    [{}, /^Expected \{ tau \} or \{ price, ease, join \} for granularity/],
    [{ tau: 0.5, price: 0.1 }, /^Expected \{ tau \} or/],
    [{ tau: 3 }, /^Expected a number from 0 to 2 for tau/],
    [{ tau: 0.5, join: 0.1 }, /^Expected \{ tau \} or/],
    [{ tau: 0.5, ease: 0.1 }, /^Expected \{ tau \} or/],
    [{ tau: undefined }, /^Expected \{ tau \} or/],
    [{ price: 0.1, eas: 1 }, /^Unknown option of cut "eas": did you mean "ease"\?/],
    [5, /^Expected an object for the options of cut/],
  ])('refuses %j', async (granularity, sentence) => {
    const { tree } = await partition(map, { alpha: 3, treeTau: 0.75 });
    await expect(cut(tree, map, granularity as never)).rejects.toThrow(sentence);
    await expect(cut({} as never, map, { tau: 0.5 })).rejects.toThrow(/^Expected the tree that/);
    await expect(cut(tree, { ...map, width: 1 }, { tau: 0.5 })).rejects.toThrow(
      /^The tree was built from 24x24 tokens but these features have 1x24$/,
    );
  });

  it('takes an undefined tau beside a price for none', async () => {
    const { tree } = await partition(map, { alpha: 3, treeTau: 0.75 });
    const asked = { tau: undefined, price: 0.01 } as never;
    expect(await cut(tree, map, asked)).toEqual(await cut(tree, map, { price: 0.01 }));
    const { tree: shallow } = await partition(map, { alpha: 3, tau: 0.3 });
    await expect(cut(shallow, map, asked)).rejects.toThrow(/a price wants 0\.75/);
    await expect(cut(tree, map, { price: 0.01 }, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('cut by price is the best of all prunings, checked against trying each', async () => {
    const { tree } = await partition(map, { alpha: 3, treeTau: 0.75 });
    for (const price of [0, 0.01, 0.03, 0.1, 1])
      expect(worth(map, (await cut(tree, map, { price })).data, price)).toBeCloseTo(bestWorth(tree, map, price), 6);
    expect(new Set((await cut(tree, map, { price: 1 })).data).size).toBe(1);
  });
});

/** What a partition explains, less the price of its segments beyond the first. */
const worth = ({ data, channels }: FeatureMap, ids: ArrayLike<number>, price: number): number => {
  const sums = new Map<number, Float64Array>();
  for (let i = 0; i < ids.length; i++) {
    const token = data.subarray(i * channels, (i + 1) * channels);
    const length = Math.hypot(...token);
    const sum = sums.get(ids[i]) ?? new Float64Array(channels);
    sums.set(
      ids[i],
      sum.map((v, c) => v + token[c] / length),
    );
  }
  return [...sums.values()].reduce((total, s) => total + Math.hypot(...s) / ids.length, 0) - price * (sums.size - 1);
};

const bestWorth = (tree: CutTree, map: FeatureMap, price: number): number => {
  const prunings = (index: number): number[][] => {
    const { children } = tree;
    if (children[2 * index] < 0) return [[index]];
    const right = prunings(children[2 * index + 1]);
    return [[index], ...prunings(children[2 * index]).flatMap((a) => right.map((b) => [...a, ...b]))];
  };
  const ids = new Int32Array(tree.order.length);
  return Math.max(
    ...prunings(0).map((leaves) => {
      for (const leaf of leaves) for (const t of elementsOf(tree, leaf)) ids[t] = leaf;
      return worth(map, ids, price);
    }),
  );
};

describe('properties', () => {
  const feature = fc.integer({ min: -8, max: 8 });
  const maps = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 4 }))
    .chain(([width, height, channels]) =>
      fc
        .array(feature, { minLength: width * height * channels, maxLength: width * height * channels })
        .map((v): FeatureMap => ({ data: Float32Array.from(v), width, height, channels })),
    );

  it('labels every token without gaps, below tau alone, whatever the scale', async () => {
    await fc.assert(
      fc.asyncProperty(
        maps,
        fc.constantFrom(1, 3, 10, 2.5),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.boolean(),
        async (map, alpha, tau, parity) => {
          const { labels, tree } = await partition(map, { alpha, tau, parity });
          checkTree(tree);
          const ids = new Set(labels.data);
          expect([...ids].sort((a, b) => a - b)).toEqual([...ids].map((_, i) => i));
          const scaled = { ...map, data: map.data.map((v) => v * 0.25) };
          expect((await partition(scaled, { alpha, tau, parity })).labels).toEqual(labels);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('ties', () => {
  // Tokens that are copies of a few prototypes: every row of the affinity has its equals.
  const copies = fc
    .tuple(
      fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat(3), { minLength: 4, maxLength: 60 }),
    )
    .map(([prototypes, picks]) => picks.map((pick) => prototypes[pick % prototypes.length]));
  const map = (tokens: number[][]): FeatureMap => ({ data: Float32Array.from(tokens.flat()), width: tokens.length, height: 1, channels: 3 });

  it('share a label, whatever the order of the tokens', async () => {
    await fc.assert(
      fc.asyncProperty(copies, fc.constantFrom(0.2, 0.5, 0.8), async (tokens, tau) => {
        const { labels } = await partition(map(tokens), { alpha: 3, tau, parity: false });
        const labelOf = new Map<string, number>();
        tokens.forEach((token, i) => {
          const key = token.join();
          expect(labels.data[i]).toBe(labelOf.get(key) ?? labels.data[i]);
          labelOf.set(key, labels.data[i]);
        });
        const turned = (await partition(map(tokens.toReversed()), { alpha: 3, tau, parity: false })).labels;
        expect(agreement(labels, { ...turned, data: turned.data.toReversed() })).toBe(1);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

describe('refusals', () => {
  const map = blocks(4, 4, (x) => [x, 1]);
  it.each([
    [{ ...map, data: map.data.map((v, i) => (i === 9 ? Number.NaN : v)) }, /^Features must be finite, but channel 1 at x 0, y 1 is NaN$/],
    [{ ...map, data: map.data.map((v, i) => (i === 0 ? -Infinity : v)) }, /channel 0 at x 0, y 0 is -Infinity$/],
    [{ ...map, width: 5 }, /^Expected 5 x 4 x 2 numbers for features\.data but received 32/],
    [{ ...map, data: [1, 2] as unknown as Float32Array }, /^Expected \{ data: Float32Array/],
  ])('of features %#', async (features, message) => {
    await expect(partition(features)).rejects.toThrow(message);
  });

  it('of options', async () => {
    await expect(partition(map, { tau: 3 })).rejects.toThrow(/^Expected a number from 0 to 2 for tau but received 3 of type number$/);
    await expect(partition(map, { tua: 0.5 } as never)).rejects.toThrow(/^Unknown option of partition "tua": did you mean "tau"\?$/);
    await expect(partition(map, { toString: 1 } as never)).rejects.toThrow(/^Unknown option of partition "toString"/);
    await expect(partition(map, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

describe('memory', () => {
  it('is asked for as it is taken, at any number of tokens', async () => {
    // over these sizes a job's end passes every place of a page
    for (let width = 50; width < 150; width++) {
      const { labels } = await partition(
        blocks(width, 1, (x) => [x < 20 ? 1 : 2, x % 7]),
        { tau: 0.2 },
      );
      expect(labels.data).toHaveLength(width);
    }
  });
});
