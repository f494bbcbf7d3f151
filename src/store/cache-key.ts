/** Keys of what is kept between runs. */
import { digest } from '#store/keep';

/**
 * Versions of the code that makes each kind of content, a part of every key: raised by hand where the same files, options
 * and picture come to give other numbers. (What networks compute shows in their graphs, which are in the key as well.) Not the
 * package's version: most releases change neither, and features of a data set take hours to make again; and between two
 * releases, where such a change is made and tried, it would stay the same.
 */
export const VERSIONS = { features: 1, prompts: 1, texts: 1 } as const;

/** A kind of content, and its folder in our cache. */
export type Kept = keyof typeof VERSIONS;

/** The key of a content, by its kind and everything that it was made from. */
export const cacheKey = (kind: Kept, parts: readonly (string | Uint8Array)[], versions: Readonly<Record<Kept, number>> = VERSIONS): Promise<string> =>
  digest([`${kind}-${versions[kind]}`, ...parts]);
