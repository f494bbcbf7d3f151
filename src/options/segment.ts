/** Options of the whole path. */
import { CUTTING, GRANULARITY, SOLVERS, type SolverName } from './cut.ts';
import { DRAWING } from './draw.ts';
import { ENCODER } from './encoders.ts';
import { flag, given, isWhole, number, type OptionSpec, optional, type Unfilled } from './spec.ts';

const SOLVER_HELP =
  "ncut: the paper's cut; merge: regions, joined; autosc, falcon: K segments at once; maskcut, tokencut: objects; diffseg: attention, merged";

/** Which features, and what cuts them. */
export const CHOICE = {
  /** which features (the name of an encoder) */
  encoder: optional<string>('the name of an encoder', (v) => typeof v === 'string' && v.length > 0, 'which features'),
  /**
   * ncut: the paper's cut; merge: regions, joined; autosc, falcon: K segments at once; maskcut, tokencut: objects; diffseg:
   * attention, merged (one of ncut, merge, autosc, falcon, maskcut, tokencut, diffseg)
   */
  solver: optional<SolverName>(`one of ${SOLVERS.join(', ')}`, (v) => SOLVERS.includes(v as SolverName), SOLVER_HELP),
  /** encode tiles of this side, pixels: for objects small against the picture (a whole number from 64 to 4096) */
  tile: number(undefined, 64, 4096, 'encode tiles of this side, pixels: for objects small against the picture', true),
};

const STRETCH = /^(p?)(-?\d+(?:\.\d+)?),(p?)(-?\d+(?:\.\d+)?)$/;

/** `LOW,HIGH` are values as they stand in the file, `pLOW,pHIGH` percentiles of them; undefined for what is neither. */
export const stretchBounds = (text: string): { low: number; high: number; isPercentile: boolean } | undefined => {
  const [, p, low, q, high] = STRETCH.exec(text) ?? [];
  const bounds = { low: Number(low), high: Number(high), isPercentile: p === 'p' };
  const isFine = p === q && bounds.low < bounds.high && (!bounds.isPercentile || (bounds.low >= 0 && bounds.high <= 100));
  return isFine ? bounds : undefined;
};

const isStretch = (v: unknown): boolean => v === 'auto' || v === 'none' || stretchBounds(String(v)) !== undefined;

/** How a picture's file is read: `decodeImage(source, options)`, and every command that takes pictures. */
export const READING = {
  /** refuse larger pictures (a whole number from 1 to 4294967295; default: 268435456) */
  maxPixels: number(268_435_456, 1, 4_294_967_295, 'refuse larger pictures', true),
  /** which page or frame of several, from 1 (a whole number from 1 to 65535; default: 1) */
  page: number(1, 1, 65_535, 'which page or frame of several, from 1', true),
  /** which bands of a TIFF are red, green and blue, or the one that is grey, from 1 (1 or 3 whole numbers from 1 to 65535) */
  bands: optional<readonly number[]>(
    '1 or 3 whole numbers from 1 to 65535',
    (v) => Array.isArray(v) && (v.length === 1 || v.length === 3) && v.every((n) => isWhole(n, 1, 65_535)),
    'which bands of a TIFF are red, green and blue, or the one that is grey, from 1',
  ),
  /**
   * which values become black and white: auto, none, two values or two percentiles as p2,p98 (auto, none, LOW,HIGH or
   * pLOW,pHIGH; default: auto)
   */
  stretch: {
    default: 'auto',
    wanted: 'auto, none, LOW,HIGH or pLOW,pHIGH',
    accepts: isStretch,
    help: 'which values become black and white: auto, none, two values or two percentiles as p2,p98',
  } as OptionSpec<string>,
  /** read what is left of a damaged file (true or false; default: false) */
  allowDamaged: flag(false, 'read what is left of a damaged file'),
  /** refuse larger downloads and pipes (a whole number from 1 to 4294967295; default: 268435456) */
  maxBytes: number(268_435_456, 1, 4_294_967_295, 'refuse larger downloads and pipes', true),
  /** seconds that a server may send nothing; all of a download may take ten times as long (a number from 0.001 to 86400; default: 60) */
  timeout: number(60, 0.001, 86_400, 'seconds that a server may send nothing; all of a download may take ten times as long'),
  /** follow redirects from public addresses into private networks (true or false; default: false) */
  allowPrivate: flag(false, 'follow redirects from public addresses into private networks'),
};

/**
 * The options of `segment`, `analyse` and, those of granularity and drawing, `draw`: of each its default (undefined where it is
 * the encoder's own: `MODELS`, `describeEncoder`), what it may be in words and as `range` or `values`, a line of help, and
 * `accepts`, the check. By the same table options are checked and the command line's help is written. The type names the tables instead of spelling them out: so their doc comments reach whoever
 * hovers over an option.
 */
export const SEGMENT: typeof CHOICE & typeof GRANULARITY & typeof CUTTING & Unfilled<typeof ENCODER> & typeof DRAWING & typeof READING = {
  ...CHOICE,
  ...GRANULARITY,
  ...CUTTING,
  ...given(ENCODER),
  ...DRAWING,
  ...READING,
};
