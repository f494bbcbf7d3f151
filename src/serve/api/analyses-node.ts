/** Analyses that are kept for a while, so that another granularity costs a drawing and no encoding. */
import { randomBytes } from 'node:crypto';
import type { Analysis } from '../../toolkit.ts';
import { Refusal } from '../refusal-node.ts';

/** Bytes that are kept in all; the one that was used longest ago goes first. */
const MOST_BYTES = 2 ** 30;

export interface Analyses {
  /** @returns the name that it is asked for by, which nobody guesses */
  keep(analysis: Analysis): string;
  /** @throws Refusal (404) for one that is not kept any more */
  get(id: string): Analysis;
  remove(id: string): void;
  clear(): void;
}

/** Its arrays, and the region graph and what drawing adds, which are of a size with the picture. */
const bytesOf = ({ picture, features }: Analysis): number => 4 * picture.data.byteLength + 2 * features.data.byteLength;

/** @param seconds that one is kept after its last use */
export const keepAnalyses = (seconds: number, mostBytes = MOST_BYTES): Analyses => {
  const kept = new Map<string, { analysis: Analysis; bytes: number; timer: NodeJS.Timeout }>(); // the one that was used last is the last
  let bytes = 0;
  const remove = (id: string): void => {
    const one = kept.get(id);
    if (!one) return;
    clearTimeout(one.timer);
    bytes -= one.bytes;
    kept.delete(id);
  };
  const put = (id: string, analysis: Analysis): void => {
    const own = bytesOf(analysis);
    kept.set(id, { analysis, bytes: own, timer: setTimeout(() => remove(id), seconds * 1000).unref() });
    bytes += own;
  };
  return {
    keep(analysis) {
      const id = randomBytes(16).toString('base64url');
      put(id, analysis);
      for (const old of kept.keys()) {
        if (bytes <= mostBytes || old === id) break;
        remove(old);
      }
      return id;
    },
    get(id) {
      const one = kept.get(id);
      if (!one) throw new Refusal(404, 'There is no such analysis, or none any more: analyse the picture again', 'E_FILE');
      remove(id);
      put(id, one.analysis);
      return one.analysis;
    },
    remove,
    clear: () => [...kept.keys()].forEach(remove),
  };
};
