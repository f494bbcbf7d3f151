/** What an encode takes in memory, told before gigabytes are read. */
import type { Graph } from '../compile/graph.ts';
import { InputError } from '../errors.ts';

/**
 * Maps that stand in memory at once, each with the channels of the network's first layer; the UNet's are of the latents'
 * size, a transformer's of the patches'; `pairs`: numbers for each pair of cells, where attention is kept. Fitted to the peaks of SSD-1B's shape at 512 and 1024 pixels and of ViT-B/16 at
 * 1024 (`npm run bench -- full-size`, `-- vit`), and rounded up.
 */
const MAPS: Record<string, { count: number; scale: (firstKernel: number) => number; pairs?: number }> = {
  vae: { count: 3, scale: () => 1 },
  'vae-tiny': { count: 0.4, scale: () => 1 },
  unet: { count: 22, scale: () => 1 / 64 },
  'unet-maps': { count: 22, scale: () => 1 / 64, pairs: 8 },
  vit: { count: 16, scale: (patch) => 1 / patch ** 2 },
  convnext: { count: 16, scale: (patch) => 1 / patch ** 2 },
};
/** Weights lie in their file, which is mapped, and some of them in single precision beside it. */
const WEIGHT_COPIES = 1.25;
/** Bytes of the runtime itself. */
const RUNTIME = 150e6;

const weightBytes = ({ weights }: Graph): number => weights.reduce((sum, { tensor }) => sum + tensor.end - tensor.start, 0);
const firstConv = ({ weights }: Graph): readonly number[] => weights.find(({ dims }) => dims.length === 4)?.dims ?? [0, 0, 1, 1];

/** @returns bytes at most for pictures brought to this size */
export const estimateMemory = (graphs: readonly Graph[], [width, height]: readonly [number, number]): number =>
  graphs.reduce((sum, graph) => {
    const { count, scale, pairs = 0 } = MAPS[graph.name];
    const [channels, , kernel] = firstConv(graph);
    const cells = width * height * scale(kernel);
    return sum + WEIGHT_COPIES * weightBytes(graph) + (count * channels + pairs * cells) * cells * Float32Array.BYTES_PER_ELEMENT;
  }, RUNTIME);

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** @param less what takes less, in words @throws InputError that says so, where there is less memory than needed */
export const checkMemory = (name: string, needed: number, here: number, less: string): void => {
  if (needed <= here) return;
  throw new InputError(`${name} needs about ${gigabytes(needed)} of memory at this size and ${gigabytes(here)} are free: take ${less}`, {
    code: 'E_MEMORY',
  });
};
