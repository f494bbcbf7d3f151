/** Where the runtime finds the weights of a graph: in their own files on a disk, or in shards that are made for it. */
import type { Graph, Node, PlacedWeight } from '../compile/graph.ts';
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
  const folder = split[0].slice(0, depth).join('/');
  if (depth === 0) return undefined;
  return folder === '' || /^[a-z]:$/i.test(folder) ? `${folder}/` : folder; // the top of a disk
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

/** Reads that run at once: on a server each is a round trip. */
const AT_ONCE = 8;

const readAll = async (weights: readonly PlacedWeight[]): Promise<Blob> => {
  const parts: Uint8Array[] = [];
  for (let i = 0; i < weights.length; i += AT_ONCE) {
    const reads = weights.slice(i, i + AT_ONCE).map(({ tensor: { source, start, end } }) => source.read(start, end));
    parts.push(...(await Promise.all(reads)));
  }
  return new Blob(parts as Uint8Array<ArrayBuffer>[]);
};

/** The tensors that the graph uses, read and laid end to end. */
const inShards = async (graph: Graph, shardBytes: number): Promise<Model> => {
  const shards: PlacedWeight[][] = [];
  const places = new Map<string, Placement>();
  let used = shardBytes;
  for (const weight of graph.weights) {
    const length = weight.tensor.end - weight.tensor.start;
    if (used + length > shardBytes) {
      shards.push([]);
      used = 0;
    }
    shards[shards.length - 1].push(weight);
    places.set(weight.name, { location: `shard-${shards.length - 1}`, offset: used, length });
    used += length;
  }
  const weightsFiles: { path: string; data: Blob }[] = [];
  for (const [i, shard] of shards.entries()) weightsFiles.push({ path: `shard-${i}`, data: await readAll(shard) });
  return { bytes: writeOnnx(graph, ({ name }) => places.get(name) as Placement), weightsFiles };
};

/**
 * Casts of weights before all else. Where nothing is optimised, the runtime runs the operand of a node first that stands
 * last: a cast beside its use would run before the layers that lead there, and many casts would stand in memory at
 * once. As the first nodes they run right before their use, one after the other.
 */
const castsFirst = (graph: Graph): Graph => {
  const weights = new Set(graph.weights.map(({ name }) => name));
  const isCast = ({ type, inputs }: Node): boolean => type === 'Cast' && weights.has(inputs[0]);
  return { ...graph, nodes: [...graph.nodes.filter(isCast), ...graph.nodes.filter((node) => !isCast(node))] };
};

/** @param shardBytes at most, where the weights do not lie on a disk */
export const placeWeights = async (compiled: Graph, shardBytes = SHARD_BYTES): Promise<Model> => {
  const graph = castsFirst(compiled);
  const paths = [...new Set(graph.weights.map(({ tensor }) => tensor.source.path))];
  const folder = paths.length > 0 && paths.every((path) => path !== undefined) ? commonFolder(paths as string[]) : undefined;
  return folder === undefined ? inShards(graph, shardBytes) : onDisk(graph, folder);
};
