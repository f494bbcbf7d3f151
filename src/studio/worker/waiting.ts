/** Changes of pictures that are not done yet: undo stops the last of them, so that nobody waits for what is not wanted any more. */
import type { Context } from './wire.ts';

interface Waiting {
  stop: AbortController;
  done: Promise<unknown>;
}

/** By picture, in the order in which they were asked for. */
const waiting = new Map<string, Set<Waiting>>();

/** A handler whose work can be stopped by `stopLast`: it then rejects as one that was aborted. */
export const stoppable =
  <A extends { id: string }, T>(handler: (args: A, context: Context) => Promise<T>) =>
  async (args: A, context: Context): Promise<T> => {
    const stop = new AbortController();
    const done = handler(args, { ...context, signal: AbortSignal.any([context.signal, stop.signal]) });
    const own = { stop, done };
    const all = waiting.get(args.id) ?? new Set();
    waiting.set(args.id, all.add(own));
    return done.finally(() => all.delete(own));
  };

/** Stops the last change of a picture that waits or is being computed. @returns whether it came to nothing; false where there was none */
export const stopLast = async (id: string): Promise<boolean> => {
  const all = waiting.get(id);
  const last = [...(all ?? [])].at(-1);
  if (!last) return false;
  all?.delete(last);
  last.stop.abort();
  return last.done.then(
    () => false,
    () => true,
  );
};
