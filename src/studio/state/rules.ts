/** Which settings go together. The last choice counts: what it makes void is taken back, and told in one sentence. Pure. */
import type { Settings } from '../types.ts';

type Key = keyof Settings;

/** A setting of some values, or of any. */
interface Condition {
  key: Key;
  is?: readonly string[];
}

/** Solvers that look for objects, and keep all that they found where no price is chosen. */
export const OBJECTS: readonly string[] = ['maskcut', 'tokencut'];

/** Solvers that have neither alpha nor tau. */
const OTHERS = ['merge', 'autosc', 'falcon', ...OBJECTS];

/** What a choice makes void. */
const RULES: readonly { chosen: Condition; voids: readonly Condition[]; evenByDefault?: true }[] = [
  { chosen: { key: 'price' }, voids: [{ key: 'tau' }] },
  { chosen: { key: 'tau' }, voids: [{ key: 'price' }, { key: 'solver', is: OTHERS }] },
  { chosen: { key: 'alpha' }, voids: [{ key: 'solver', is: OTHERS }] },
  { chosen: { key: 'refine', is: ['vote'] }, voids: [{ key: 'solver', is: ['merge'] }] },
  { chosen: { key: 'solver', is: OTHERS }, voids: [{ key: 'tau' }, { key: 'alpha' }] },
  { chosen: { key: 'solver', is: ['merge'] }, voids: [{ key: 'refine', is: ['vote'] }] },
  { chosen: { key: 'encoder' }, voids: [{ key: 'size' }], evenByDefault: true }, // each takes others
];

const holds = ({ key, is }: Condition, settings: Settings): boolean => settings[key] !== undefined && (is?.includes(String(settings[key])) ?? true);

const withoutUndefined = (given: Settings): Settings => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

/**
 * Settings with changes, so that the package takes them all.
 * @param changes what is undefined goes back to the default
 * @returns the settings, and what was taken back for the sake of the changes
 */
export const changed = (settings: Settings, changes: Partial<Settings>): { settings: Settings; voided: Key[] } => {
  const next: Settings = { ...settings, ...changes };
  const voided: Key[] = [];
  for (const { chosen, voids, evenByDefault } of RULES) {
    if (!(chosen.key in changes) || !(evenByDefault || holds(chosen, next))) continue;
    for (const condition of voids) {
      if (condition.key in changes || !holds(condition, next)) continue; // what was chosen at once is for the package to judge
      delete next[condition.key];
      voided.push(condition.key);
    }
  }
  return { settings: withoutUndefined(next), voided };
};

/** The solver that these settings come to. @param own the encoder's */
export const solverOf = ({ solver, tau, alpha, refine }: Settings, own: string): string =>
  solver ?? (tau !== undefined || alpha !== undefined || refine === 'vote' ? 'ncut' : own);
