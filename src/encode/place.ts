/** Where the runtime finds the weights of a graph: in their own files on a disk, or in shards that are made for it. */
import type { Graph, PlacedWeight } from '../compile/graph.ts';
import { type Placement, writeOnnx } from '../compile/proto.ts';
import type { Model } from './session.ts';

/** Browsers hand a GPU no buffer above 2 GiB, and some none above 1. */
const SHARD_BYTES = 2 ** 30;

const slashed = (path: string): string => path.replaceAll('\\', '/');

/** The deepest folder that all paths lie in; undefined where there is none, as on two drives. */
export const commonFolder = (paths: readonly string[]): string | undefined => {
  const split = paths.map((path) => slashed(path).split('/').slice(0, -1));
  let depth = 0;
  while (depth < split[0].length && split.every((parts) => parts[depth] === split[0][depth])) depth++;
  return depth === 0 ? undefined : split[0].slice(0, depth).join('/') || '/';
};

/** onnxruntime maps the files themselves. It wants them below one folder, and follows no link out of it. */
const onDisk = (graph: Graph, folder: string): Model => {
  const from = folder.endsWith('/') ? folder.length : folder.length + 1;
  const place = ({ tensor: { source, start, end } }: PlacedWeight): Placement => ({
    location: slashed(source.path as string).slice(from),
    offset: start,
    length: end - start,
  });
  return { bytes: writeOnnx(graph, place), weightsFolder: folder };
};

/** The tensors that the graph uses, read and laid end to end. */
const inShards = async (graph: Graph, shardBytes: number): Promise<Model> => {
  const shards: Uint8Array[][] = [];
  const places = new Map<string, Placement>();
  let used = shardBytes;
  for (const { name, tensor } of graph.weights) {
    const length = tensor.end - tensor.start;
    if (used + length > shardBytes) {
      shards.push([]);
      used = 0;
    }
    const bytes = await tensor.source.read(tensor.start, tensor.end);
    shards[shards.length - 1].push(bytes);
    places.set(name, { location: `shard-${shards.length - 1}`, offset: used, length });
    used += length;
  }
  const weightsFiles = shards.map((parts, i) => ({ path: `shard-${i}`, data: new Blob(parts as Uint8Array<ArrayBuffer>[]) }));
  return { bytes: writeOnnx(graph, ({ name }) => places.get(name) as Placement), weightsFiles };
};

/** @param shardBytes at most, where the weights do not lie on a disk */
export const placeWeights = async (graph: Graph, shardBytes = SHARD_BYTES): Promise<Model> => {
  const paths = [...new Set(graph.weights.map(({ tensor }) => tensor.source.path))];
  const folder = paths.every((path) => path !== undefined) ? commonFolder(paths as string[]) : undefined;
  return folder === undefined ? inShards(graph, shardBytes) : onDisk(graph, folder);
};
