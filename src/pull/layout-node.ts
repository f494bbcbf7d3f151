/** The one file that a plan makes: its header, and what of which source follows it. */
import { createHash } from 'node:crypto';
import type { ByteSource } from '../files/source.ts';
import type { LocatedSource } from '../hub/repository-node.ts';
import type { PackedTensor, PullPlan } from '../store/pulled.ts';
import { SEAL, UNSEALED } from '../store/seal-node.ts';
import { type TensorInfo, writeHeader } from '../weights/safetensors.ts';
import type { Assembly, Piece } from './download-node.ts';
import type { WholeFile } from './whole-node.ts';

/** What tells a file's content from another's. */
const identityOf = (source: ByteSource): string => (source as LocatedSource).identity ?? `${source.name}:${source.size}`;

/** In the order of their bytes, so that a file is read once, front to back; computed ones last. */
const inOrder = (tensors: readonly PackedTensor[]): PackedTensor[] => {
  const rank = new Map<ByteSource | undefined, number>();
  for (const { source } of tensors) if (source && !rank.has(source)) rank.set(source, rank.size);
  const rankOf = ({ source }: PackedTensor): number => rank.get(source) ?? rank.size;
  return [...tensors].sort((a, b) => rankOf(a) - rankOf(b) || (a.source ? a.start - b.start : 0));
};

export interface Layout extends Assembly {
  /** Hash of what the file holds; the part's identity is this and the length of its header. */
  plan: string;
  /** By their order in the file. */
  tensors: Map<string, TensorInfo>;
  /** Those that `finish` computes. */
  computed: string[];
  /** Bytes of the finished file. */
  size: number;
}

/** Room for what `sources` tells otherwise the next time: a header of another length would start the file over. */
const HEAD_STEP = 4096;

/** @param sources JSON for the header, see `describeSources` */
export const layOut = ({ tensors, metadata }: PullPlan, whole: readonly WholeFile[], path: string, sources: string): Layout => {
  const ordered = inOrder(tensors);
  const ranges = ordered.map(({ name, dtype, shape, source, start, end }) => [name, dtype, shape, source && identityOf(source), start, end]);
  const hash = createHash('sha256')
    .update(JSON.stringify([ranges, whole.map(({ source, path, file }) => [source, path, file.identity]), Object.entries(metadata).sort()]))
    .digest('hex');
  const entries = ordered.map(({ name, dtype, shape, start, end }) => [name, { dtype, shape, bytes: end - start }] as const);
  const head = writeHeader(entries, { ...metadata, plan: hash, sources, [SEAL]: UNSEALED }, HEAD_STEP);
  const placed = new Map<string, TensorInfo>();
  let at = head.length;
  for (const [name, { dtype, shape, bytes }] of entries) {
    placed.set(name, { dtype, shape, start: at, end: at + bytes });
    at += bytes;
  }
  const pieces = ordered.flatMap(({ source, start, end }): Piece[] => (source ? [{ source, start, end }] : []));
  const computed = ordered.filter((t) => !t.source).map((t) => t.name);
  return { path, plan: hash, identity: `${hash}:${head.length}`, head, pieces, tensors: placed, computed, size: at };
};
