/** Where features come from, and so how they are cut. */
import { expected } from '../errors.ts';
import { GRANULARITY, PARTITION } from '../options/cut.ts';
import { check, choice, isWhole, optional, type Specs } from '../options/spec.ts';
import type { CutSettings, FeatureMap, Origin } from '../types.ts';
import { type EncoderRow, findRow, PAPER } from './table.ts';

/** The part of a row that goes with its features, so that they are cut alike where the encoder is not. */
export const cutSettings = ({ solver, alpha, tau, price, ease, protocolPrice, merge, parity }: EncoderRow): CutSettings => ({
  solver,
  alpha,
  ...(tau === undefined ? {} : { tau }),
  price,
  ease,
  protocolPrice,
  merge,
  parity,
});

/** What suits these features: their origin says so, or names a row of the table; the paper's settings where neither is known. */
export const settingsFor = ({ origin }: Pick<FeatureMap, 'origin'>): CutSettings => origin?.cut ?? (origin && findRow(origin.encoder)) ?? PAPER;

const { price, ease, join } = GRANULARITY;
const CUT = {
  solver: choice('ncut', ['ncut', 'merge'], ''), // what a row's own may be
  alpha: PARTITION.alpha,
  price,
  ease,
  protocolPrice: price,
  parity: PARTITION.parity,
};
const MERGE = { price, protocolPrice: price, protocolJoin: join };

const SIDES = optional(
  '[width, height], whole numbers from 1',
  (v) => Array.isArray(v) && v.length === 2 && v.every((n) => isWhole(n, 1, 2 ** 31)),
  '',
);
const TILE = { size: SIDES, of: SIDES };

const checkAll = <S extends Specs>(specs: S, of: { [K in keyof S]: unknown }, name: string): void => {
  if (typeof of !== 'object' || of === null) throw expected(`{ ${Object.keys(specs).join(', ')} }`, name, of);
  for (const [key, spec] of Object.entries(specs)) check(spec, `${name}.${key}`, of[key]);
};

/**
 * @param name what holds it, for the message
 * @throws InputError for what is no origin, and for settings out of range
 */
export const checkOrigin = (origin: Origin, name = 'features.origin'): Origin => {
  if (typeof origin?.encoder !== 'string') throw expected('{ encoder: its name, ... }', name, origin);
  const { cut, tile, picture } = origin;
  if (picture !== undefined) check(SIDES, `${name}.picture`, picture);
  if (tile !== undefined) checkAll(TILE, tile, `${name}.tile`);
  if (cut === undefined) return origin;
  checkAll(CUT, cut, `${name}.cut`);
  checkAll(MERGE, cut.merge, `${name}.cut.merge`);
  if (cut.tau !== undefined) check(PARTITION.tau, `${name}.cut.tau`, cut.tau);
  return origin;
};
