/** What an encode takes in memory, told before gigabytes are read. */
import type { Graph } from '../compile/graph.ts';
import { InputError } from '../errors.ts';

/**
 * Maps that stand in memory at once, each with the channels of the network's first layer; the UNet's are of the latents'
 * size. Fitted to the peaks of SSD-1B's shape at 512 and 1024 pixels (`npm run bench -- full-size`), and rounded up.
 */
const MAPS: Record<string, { count: number; scale: number }> = {
  vae: { count: 3, scale: 1 },
  'vae-tiny': { count: 0.4, scale: 1 },
  unet: { count: 22, scale: 1 / 64 },
};
/** Weights lie in their file, which is mapped, and some of them in single precision beside it. */
const WEIGHT_COPIES = 1.25;
/** Bytes of the runtime itself. */
const RUNTIME = 150e6;

const weightBytes = ({ weights }: Graph): number => weights.reduce((sum, { tensor }) => sum + tensor.end - tensor.start, 0);
const firstChannels = ({ weights }: Graph): number => weights.find(({ dims }) => dims.length === 4)?.dims[0] ?? 0;

/** @returns bytes at most for pictures brought to this size */
export const estimateMemory = (graphs: { unet: Graph; vae: Graph }, [width, height]: readonly [number, number]): number =>
  Object.values(graphs).reduce((sum, graph) => {
    const { count, scale } = MAPS[graph.name];
    const map = width * height * scale * firstChannels(graph) * Float32Array.BYTES_PER_ELEMENT;
    return sum + WEIGHT_COPIES * weightBytes(graph) + count * map;
  }, RUNTIME);

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** @throws InputError that says what takes less, where there is less memory than needed */
export const checkMemory = (name: string, needed: number, here: number): void => {
  if (needed <= here) return;
  throw new InputError(
    `${name} needs about ${gigabytes(needed)} of memory at this size and ${gigabytes(here)} are free: take a smaller --size, --vae tiny, or a smaller model`,
  );
};
