/** Which solver cuts a picture, and how fine: what was asked for, else what suits the encoder. */
import { InputError } from '../errors.ts';
import type { GRANULARITY, SolverName } from '../options/cut.ts';
import type { Given } from '../options/spec.ts';
import type { ChosenNodes, CutSettings, Granularity } from '../types.ts';

/** What a caller may say of it. */
export type AskedGranularity = Given<typeof GRANULARITY>;

/** Options that are of one solver alone. */
const OWNERS = { tau: 'ncut', alpha: 'ncut', treeTau: 'ncut', threshold: 'diffseg', kMeans: 'diffseg' } as const;
const OWNED = Object.keys(OWNERS) as (keyof typeof OWNERS)[];

export interface AskedSolver extends AskedGranularity {
  solver?: SolverName | undefined;
  alpha?: number | undefined;
  treeTau?: number | undefined;
  threshold?: number | undefined;
  kMeans?: boolean | undefined;
  refine?: string | undefined;
}

/** The solver that was asked for, by its name or by an option of its own. */
export const askedSolver = (asked: AskedSolver): SolverName | undefined => {
  const own = OWNED.find((name) => asked[name] !== undefined);
  return asked.solver ?? (own && OWNERS[own]);
};

/**
 * The solver that was asked for; else that of an option of its own which was given (`ncut` of tau, alpha, treeTau and borders by
 * vote), else the row's.
 * @throws InputError where a solver and something of another one are both given
 */
export const solverOf = (row: CutSettings, asked: AskedSolver): SolverName => {
  const given = OWNED.filter((name) => asked[name] !== undefined);
  const isVote = asked.refine === 'vote';
  const solver = askedSolver(asked) ?? (isVote ? 'ncut' : row.solver);
  const odd = given.find((name) => OWNERS[name] !== solver) ?? (isVote && solver === 'merge' ? 'the refinement vote' : undefined); // votes are of any tokens
  if (odd === undefined) return solver;
  const owner = odd === 'the refinement vote' ? 'ncut' : OWNERS[odd];
  throw new InputError(
    `Both ${asked.solver ? `the solver ${solver}` : given[0]} and ${odd} were given, and ${odd} is of the solver ${owner}: leave one out`,
    {
      code: 'E_OPTION',
    },
  );
};

/**
 * The row's own granularity for one of the solvers: for people, or under the paper's protocol. With solvers that find K segments at
 * once the price has the last word, too: 0 keeps all K. Objects that were looked for are all kept.
 */
const ownOf = (row: CutSettings, solver: SolverName, use: 'people' | 'protocol') => {
  const tokens = { people: { price: row.price, join: 0 }, protocol: { price: row.protocolPrice, join: 0 } };
  const merge = { people: { price: row.merge.price, join: 0 }, protocol: { price: row.merge.protocolPrice, join: row.merge.protocolJoin } };
  const all = { people: { price: 0, join: 0 }, protocol: { price: 0, join: 0 } };
  return { ncut: tokens, autosc: tokens, falcon: tokens, maskcut: all, tokencut: all, diffseg: all, merge }[solver][use];
};

/**
 * What was asked for; else the row's tau with `ncut`, or a price where it has none. Of a picture in tiles a tau says little, since
 * all of it has a say in each cut: there it is the price, which is of a tile.
 */
export const granularityOf = (
  row: CutSettings,
  solver: SolverName,
  { tau, price, ease, join }: AskedGranularity,
  use: 'people' | 'protocol' = 'people',
  tiles = 1,
): Granularity => {
  const isPriced = price !== undefined || ease !== undefined || join !== undefined;
  const chosen = tau ?? (solver === 'ncut' && !isPriced && tiles === 1 ? row.tau : undefined);
  if (chosen !== undefined) return { tau: chosen };
  const own = ownOf(row, solver, use);
  return { price: price ?? own.price, ease: ease ?? row.ease, join: join ?? own.join };
};

/** As records tell it: what does not apply is null, all of it where nodes were chosen. */
export interface ToldGranularity {
  tau: number | null;
  price: number | null;
  ease: number | null;
  /** 0 where segments that are alike stay apart. */
  join: number | null;
}

export const toldGranularity = (granularity: Granularity | ChosenNodes): ToldGranularity =>
  'tau' in granularity || 'nodes' in granularity
    ? { tau: 'tau' in granularity ? granularity.tau : null, price: null, ease: null, join: null }
    : { tau: null, price: granularity.price, ease: granularity.ease ?? 0, join: granularity.join ?? 0 };
