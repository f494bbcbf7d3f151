/** What is drawn for somebody who waits goes first: drawings in the background stop for it, and are begun anew after it. */

/** Drawings that somebody waits for, by picture. */
const front = new Map<object, string>();
/** Those in the background: told when one comes to the front, or leaves. */
const heard = new Set<() => void>();

const tellAll = (): void => {
  for (const hear of [...heard]) hear();
};

/** A picture's own drawing does not give way to another of it: that may be waiting for this one. */
const isTaken = (picture: string): boolean => front.size > 0 && ![...front.values()].includes(picture);

/** Draws at once. */
export const inFront = async <T>(picture: string, signal: AbortSignal, draw: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const own = {};
  front.set(own, picture);
  tellAll();
  try {
    return await draw(signal);
  } finally {
    front.delete(own);
    tellAll();
  }
};

const until = (isSo: () => boolean, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const hear = (): void => {
      if (!signal.aborted && !isSo()) return;
      heard.delete(hear);
      signal.removeEventListener('abort', hear);
      signal.aborted ? reject(signal.reason) : resolve();
    };
    heard.add(hear);
    signal.addEventListener('abort', hear);
    hear();
  });

/** Draws while nobody waits for another picture. @throws the signal's reason once aborted */
export const standingBack = async <T>(picture: string, signal: AbortSignal, draw: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  for (;;) {
    await until(() => !isTaken(picture), signal);
    const stop = new AbortController();
    const hear = (): void => {
      if (signal.aborted) stop.abort(signal.reason);
      else if (isTaken(picture)) stop.abort();
    };
    heard.add(hear);
    signal.addEventListener('abort', hear);
    try {
      return await draw(stop.signal);
    } catch (error) {
      if (!stop.signal.aborted || signal.aborted) throw error;
    } finally {
      heard.delete(hear);
      signal.removeEventListener('abort', hear);
    }
  }
};
