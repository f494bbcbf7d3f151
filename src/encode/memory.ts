/** What an encode takes in memory, told before gigabytes are read. */
import type { Graph } from '../compile/graph.ts';
import { InputError } from '../errors.ts';

/**
 * Maps of full size that stand in memory at once, each with the channels of the network's first layer. Measured at
 * 512 and 1024 pixels (`npm run bench -- full-size`), and a little more.
 */
const MAPS: Record<string, number> = { vae: 3.2, 'vae-tiny': 0.6, unet: 40 };
/** The UNet's maps are of the latents' size. */
const SCALE: Record<string, number> = { vae: 1, 'vae-tiny': 1, unet: 1 / 64 };

const weightBytes = ({ weights }: Graph): number => weights.reduce((sum, { tensor }) => sum + tensor.end - tensor.start, 0);
const firstChannels = ({ weights }: Graph): number => weights.find(({ dims }) => dims.length === 4)?.dims[0] ?? 0;

/** @returns bytes at most for pictures brought to this size */
export const estimateMemory = (graphs: { unet: Graph; vae: Graph }, [width, height]: readonly [number, number]): number =>
  Object.values(graphs).reduce((sum, graph) => {
    const map = width * height * SCALE[graph.name] * firstChannels(graph) * Float32Array.BYTES_PER_ELEMENT;
    return sum + weightBytes(graph) + MAPS[graph.name] * map;
  }, 0);

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** @throws InputError that says what takes less, where there is less memory than needed */
export const checkMemory = (name: string, needed: number, here: number): void => {
  if (needed <= here) return;
  throw new InputError(
    `${name} needs about ${gigabytes(needed)} of memory at this size and ${gigabytes(here)} are free: take a smaller --size, --vae tiny, or a smaller model`,
  );
};
