/** Small pictures of regions: made when they come into view, a picture's together, and kept while its labels stay as they are. */
import { effect, type Signal, signal } from '@preact/signals';
import { bridge, tellProblem } from './bridge.ts';
import type { Part } from './concept-rows.ts';
import { partOf } from './concepts.ts';

/** Longest side, pixels of the page. */
export const SIDE = 76;

/** Addresses, by `Part.image`. */
const images = new Map<string, Signal<string | undefined>>();
/** The address of a cut-out; undefined until it is there. */
export const imageOf = ({ image }: Part): Signal<string | undefined> => {
  const found = images.get(image) ?? signal<string | undefined>(undefined);
  images.set(image, found);
  return found;
};

const wanted = new Map<string, Part>();
let isRunning = false;

const make = async (parts: readonly Part[]): Promise<void> => {
  const side = Math.round(SIDE * Math.min(2, window.devicePixelRatio || 1));
  const made = await bridge.call('cutouts', { id: parts[0].picture, regions: parts.map(({ id }) => id), side });
  for (const [i, part] of parts.entries()) if (made[i] && images.has(part.image)) imageOf(part).value = URL.createObjectURL(made[i]);
};

const makeAll = async (): Promise<void> => {
  for (const { picture } of wanted.values()) {
    const parts = [...wanted.values()].filter((part) => part.picture === picture);
    for (const { image } of parts) wanted.delete(image);
    await make(parts).catch(tellProblem);
  }
  isRunning = false;
};

/** Asks for a cut-out that is seen. */
export const wantImage = (part: Part): void => {
  if (imageOf(part).peek()) return;
  wanted.set(part.image, part);
  if (isRunning) return;
  isRunning = true;
  queueMicrotask(() => void makeAll()); // with all that come into view together
};

// Those of labels and pictures that are gone.
effect(() => {
  const there = new Set([...partOf.value.values()].map(({ image }) => image));
  for (const [image, made] of images) {
    if (there.has(image)) continue;
    const address = made.peek();
    if (address) URL.revokeObjectURL(address);
    images.delete(image);
  }
});
