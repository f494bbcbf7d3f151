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
}

/** How many inputs of each are enough for a release; CI runs a quarter. */
const USUAL = 20_000;

/** Of readers of which so many take longer than a fifth of a minute: decoders, networks that are compiled, files that are written. */
const FEWER: Record<string, number> = {
  ...Object.fromEntries(['jpeg', 'png', 'gif', 'tiff', 'label-tiff', 'text-config'].map((name) => [name, 3000])),
  ...Object.fromEntries(['avif', 'heic', 'png-in-pages', 'pulled-models', 'vae-config', 'tiny-vae-config', 'tokenizer'].map((name) => [name, 4000])),
  ...Object.fromEntries(['webp', 'label-png', 'tiff-in-pages', 'vit-config', 'command-line'].map((name) => [name, 5000])),
  'picture-text': 10_000,
  'unet-config': 2000,
  lock: 1000,
  report: 1000,
};

export const inputsOf = ({ name }: Target): number => FEWER[name] ?? USUAL;

export const TARGETS: readonly Target[] = [...PICTURE_TARGETS, ...MODEL_TARGETS, ...TEXT_TARGETS];
