/** Which encoders an option is of. */
import { DIFFUSION, VIT } from './encoders.ts';
import type { Specs } from './spec.ts';

const KINDS: Record<string, Specs> = { diffusion: DIFFUSION, ViT: VIT };

/** "diffusion: ", to stand before the help of an option that not all encoders take; empty where all do. */
export const kindsOf = (name: string): string => {
  const kinds = Object.keys(KINDS).filter((kind) => Object.hasOwn(KINDS[kind], name));
  return kinds.length > 0 ? `${kinds.join(', ')}: ` : '';
};
