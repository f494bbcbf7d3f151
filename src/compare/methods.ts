/** Methods that pictures are compared by, as data: what cuts whose features, with which settings. */
import { unknown } from '../errors.ts';
import { DEFAULT_ENCODER } from '../models/table.ts';
import { type CUTTING, type GRANULARITY, SOLVERS, type SolverName } from '../options/cut.ts';
import type { DRAWING } from '../options/draw.ts';
import type { ENCODER } from '../options/encoders.ts';
import type { Given } from '../options/spec.ts';

export interface Method {
  /** As it is asked for: `diffcut`, `ncut`, `falcon:dinov2-b`. */
  name: string;
  /** At the head of its column: a published method's own name only where all of it is as published; else the solver's. */
  title: string;
  solver: SolverName;
  encoder: string;
  /** What `openEncoder` is given for it. */
  opens: Given<typeof ENCODER>;
  /** What `segment` is given for it; the rest is the encoder's own. */
  settings: Given<typeof GRANULARITY> & Pick<Given<typeof CUTTING>, 'alpha'> & Pick<Given<typeof DRAWING>, 'refine'>;
}

const DIFFCUT = 'Couairon et al., DiffCut, NeurIPS 2024';

/** Published methods, with the features and settings that they were published with. */
export const METHODS: Record<string, Omit<Method, 'name'> & { source: string }> = {
  diffcut: {
    title: 'DiffCut',
    solver: 'ncut',
    encoder: 'ssd-1b',
    opens: {},
    settings: { tau: 0.5, alpha: 10 },
    source: `${DIFFCUT}, section 4.1`,
  },
  autosc: { title: 'AutoSC', solver: 'autosc', encoder: 'ssd-1b', opens: {}, settings: {}, source: `the comparison in ${DIFFCUT}` },
  // what its paper leaves open is chosen here (docs/results.md)
  falcon: { title: 'Falcon', solver: 'falcon', encoder: 'ssd-1b', opens: {}, settings: {}, source: 'Falcon, ICLR 2026' },
  maskcut: {
    title: 'MaskCut',
    solver: 'maskcut',
    encoder: 'dino-b8',
    opens: { tap: 'keys', size: 480 },
    settings: { refine: 'crf' },
    source: 'Wang et al., Cut and Learn (CutLER), CVPR 2023',
  },
  tokencut: {
    title: 'TokenCut',
    solver: 'tokencut',
    encoder: 'dino-s16',
    opens: { tap: 'keys', size: 480, keepRatio: true }, // published at the picture's own size: as VOC's are, about
    settings: {},
    source: 'Wang et al., TokenCut, CVPR 2022',
  },
  diffseg: {
    title: 'DiffSeg',
    solver: 'diffseg',
    encoder: 'sd-1.4',
    opens: { tap: 'attention' },
    settings: { refine: 'none' }, // its maps enlarged, the largest wins
    source: 'Tian et al., Diffuse, Attend, and Segment (DiffSeg), CVPR 2024; of the whole picture, without its cropping',
  },
};

/** What is compared where nothing is said: what cuts the features of any encoder, and so those of the one in the package. */
export const DEFAULT_METHODS = ['merge', 'ncut', 'autosc', 'falcon', 'maskcut'].map((solver) => `${solver}:${DEFAULT_ENCODER}`);

const NAMES = [...new Set([...Object.keys(METHODS), ...SOLVERS])];

const isSolver = (name: string): name is SolverName => (SOLVERS as readonly string[]).includes(name);

/** A solver on an encoder's features, as `segment` runs it. */
const pair = (name: string, encoder: string): Method => {
  const solver = Object.hasOwn(METHODS, name) ? METHODS[name].solver : name;
  if (!isSolver(solver)) throw unknown('method', name, NAMES);
  const opens = solver === 'diffseg' ? { tap: 'attention' as const } : {}; // it cuts nothing else
  return { name: `${solver}:${encoder}`, title: solver, solver, encoder, opens, settings: {} };
};

/**
 * @param name of a published method; a solver, which is then of the encoder in the package; or `solver:encoder`
 * @throws InputError with a guess for a name that is none of them; encoders' names are not looked up
 */
export const methodOf = (name: string): Method => {
  const [, solver, encoder] = /^([^:]*):(.+)$/s.exec(name) ?? [];
  if (encoder !== undefined) return pair(solver, encoder);
  if (!Object.hasOwn(METHODS, name)) return pair(name, DEFAULT_ENCODER);
  const { source: _, ...method } = METHODS[name];
  return { name, ...method };
};

/** The same solver with another encoder's features; the method itself where these are its own. */
export const withEncoder = (method: Method, encoder: string): Method => (method.encoder === encoder ? method : pair(method.solver, encoder));

/** Whether it is named after what was published, so that nothing of it may be changed. */
export const isPublished = ({ name }: Method): boolean => Object.hasOwn(METHODS, name);

/** Whose features, in the words of a column's head: the embedded encoder is never left out. */
export const encoderText = ({ encoder, opens: { tap, size } }: Method): string => {
  const what = encoder === DEFAULT_ENCODER ? 'embedded encoder' : encoder;
  return [`${what}${tap === undefined ? '' : ` ${tap}`}`, ...(size === undefined ? [] : [`${[size].flat().join(' × ')} px`])].join(', ');
};
