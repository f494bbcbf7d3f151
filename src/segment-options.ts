/** What `segment` may be given, beyond what the tables of options can say; and what each solver is told of it. */
import type { Encoder } from './encode/encoder.ts';
import { describeEncoder } from './encode/open.ts';
import { expected, InputError, kindOf } from './errors.ts';
import type { DecodeOptions } from './image/image.ts';
import { type AskedSolver, askedSolver } from './models/granularity.ts';
import { checkOrigin, settingsFor } from './models/origin.ts';
import { DEFAULT_ENCODER } from './models/table.ts';
import { AUTOSC, DIFFSEG, MASKCUT, type SolverName, TOKENCUT } from './options/cut.ts';
import type { DRAW } from './options/draw.ts';
import { ENCODER, type Tap } from './options/encoders.ts';
import { READING, type SEGMENT } from './options/segment.ts';
import { type Given, type Resolved, resolveOptions, type Specs } from './options/spec.ts';
import { FEATURES, SOLVERS } from './solve/solver.ts';
import { treeTauOf } from './solve/tree.ts';
import type { CutSettings, FeatureMap, Granularity, Watch } from './types.ts';

export interface SegmentOptions extends Omit<Given<typeof SEGMENT>, 'encoder'>, Watch {
  /** Name of an encoder, or one that is open already: it is not disposed of. */
  encoder?: string | Encoder;
  /**
   * Features of this picture, instead of encoding it. They are cut as suits the encoder that they come from, or that is
   * named beside them; features that do not say so are cut as the paper does (alpha 10, tau 0.5).
   */
  features?: FeatureMap;
}

/** How borders are drawn, and at which size. */
export interface DrawOptions extends Given<typeof DRAW>, Watch {}

/** Whose features are cut, and how: those of the encoder that was asked for; else of where given features come from. */
export const sourceOf = async (asked: string | Encoder | undefined, features?: FeatureMap): Promise<{ encoder: string | null; row: CutSettings }> => {
  if (asked === undefined && features) {
    if (features.origin !== undefined) checkOrigin(features.origin);
    return { encoder: features.origin?.encoder ?? null, row: settingsFor(features) };
  }
  const row = typeof asked === 'object' ? asked.row : await describeEncoder(asked ?? DEFAULT_ENCODER);
  const told = features?.origin?.encoder;
  if (told !== undefined && told !== row.name)
    throw new InputError(`The features say that they are of ${told}, and the encoder ${row.name} was given: leave one out`, { code: 'E_OPTION' });
  return { encoder: row.name, row };
};

const defaultsOf = (specs: Specs): Record<string, never> => resolveOptions('the solver', specs, {}) as never;

/** What each solver is told, of the options and of the encoder's row. */
export const SETTINGS: Record<
  SolverName,
  (row: CutSettings, options: Resolved<typeof SEGMENT>, granularity: Granularity, tiles: number) => Record<string, never>
> = {
  ncut: (row, { alpha, treeTau }, granularity, tiles) => {
    const needed = treeTauOf(granularity, tiles);
    if (treeTau !== undefined && treeTau < needed) throw expected(`a number from ${needed} (which the granularity wants) to 2`, 'treeTau', treeTau);
    return { alpha: alpha ?? row.alpha, parity: row.parity, treeTau: treeTau ?? needed } as never;
  },
  merge: () => ({}),
  autosc: () => defaultsOf(AUTOSC),
  falcon: () => ({}),
  maskcut: () => defaultsOf(MASKCUT),
  tokencut: () => defaultsOf(TOKENCUT),
  diffseg: (_, { threshold, kMeans }) => resolveOptions('the solver', DIFFSEG, { threshold, kMeans }) as never,
};

/** Of `openEncoder`. */
const KEYS = Object.keys(ENCODER) as (keyof typeof ENCODER)[];

/** The tap that a solver looks at; undefined where it is the features that every encoder has. */
const tapOf = (solver: SolverName | undefined): Tap | undefined => {
  const tap = solver && SOLVERS[solver]?.needs.taps.find((name) => name !== FEATURES); // a name that is none is told of later
  return tap as Tap | undefined;
};

/**
 * What `openEncoder` is given of them, the tap that the solver looks at among it.
 * @throws InputError where another tap was given
 */
export const encoderOptionsOf = (options: Given<typeof ENCODER> & AskedSolver): Given<typeof ENCODER> => {
  const own: Given<typeof ENCODER> = Object.fromEntries(KEYS.map((key) => [key, options[key]]));
  const solver = askedSolver(options);
  const tap = tapOf(solver);
  if (tap && own.tap !== undefined && own.tap !== tap)
    throw new InputError(`Both the solver ${solver} and the tap ${own.tap} were given, and it looks at ${tap}: leave one out`, { code: 'E_OPTION' });
  return tap ? { ...own, tap } : own;
};

/** @throws InputError where an encoder that is open gives something else than the solver looks at */
const checkOpenTap = (solver: SolverName | undefined, { name, tap }: Encoder): void => {
  const wanted = tapOf(solver);
  if (wanted && tap !== wanted)
    throw new InputError(
      `The solver ${solver} looks at the tap ${wanted}, and the encoder ${name} was opened for ${tap ?? 'its features'}: open it with { tap: '${wanted}' }`,
      {
        code: 'E_OPTION',
      },
    );
};

/** Of `decodeImage`. */
const READ = Object.keys(READING) as (keyof typeof READING)[];

/** What `decodeImage` is given of them. */
export const readingOptionsOf = (options: Given<typeof READING> & Watch): DecodeOptions => ({
  ...Object.fromEntries(READ.map((key) => [key, options[key]])),
  signal: options.signal,
});

/** Options that make each other void, and what is told of them. */
const CLASHES: readonly (readonly [keyof SegmentOptions, keyof SegmentOptions, string])[] = [
  ['tau', 'price', 'each alone chooses the segments'],
  ['tau', 'ease', 'ease is of the price'],
  ['tau', 'join', 'join goes with a price'],
  ...([...KEYS, 'tile'] as const).map((key) => ['features', key, `${key} is of the encoder, and nothing is encoded`] as const),
];

/** What the table of options cannot say: kinds of encoder, and options that exclude each other. */
export const checkGiven = (given: SegmentOptions): void => {
  if (kindOf(given) !== 'Object') throw expected('an object', 'the options of segment', given);
  const { encoder } = given;
  const isOpen = typeof encoder === 'object' && encoder !== null && typeof encoder.encode === 'function';
  if (encoder !== undefined && typeof encoder !== 'string' && !isOpen)
    throw expected('the name of an encoder, or one that openEncoder gave,', 'encoder', encoder);
  const late = isOpen ? KEYS.find((key) => given[key] !== undefined) : undefined;
  if (late) throw new InputError(`Both ${late} and an open encoder were given: give the ${late} to openEncoder`, { code: 'E_OPTION' });
  if (isOpen) checkOpenTap(askedSolver(given), encoder);
  checkClashes(given);
};

export const checkClashes = (given: SegmentOptions): void => {
  for (const [a, b, why] of CLASHES)
    if (given[a] !== undefined && given[b] !== undefined)
      throw new InputError(`Both ${a} and ${b} were given, and ${why}: leave one out`, { code: 'E_OPTION' });
};
