/** Every reader of bytes and texts that come from elsewhere, with good inputs to begin with. */
import type { Kind } from './mutate.ts';
import { MODEL_TARGETS } from './targets-models.ts';
import { PICTURE_TARGETS } from './targets-pictures.ts';
import { TEXT_TARGETS } from './targets-texts.ts';

export interface Target {
  name: string;
  kind: Kind;
  /** Inputs that are taken, small ones. */
  seeds(): Promise<Uint8Array[]> | Uint8Array[];
  /** Reads an input. @throws what the reader throws */
  run(bytes: Uint8Array): unknown;
  /** Megabytes that one input may add to the peak of memory, where it is not the usual. */
  peak?: number;
  /** How many inputs CI runs, where 20,000 take too long. */
  ci?: number;
}

export const TARGETS: readonly Target[] = [...PICTURE_TARGETS, ...MODEL_TARGETS, ...TEXT_TARGETS];
