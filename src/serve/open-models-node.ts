/** Models that stay open between requests: opening one takes seconds, and few of them fit into memory. */
import { ended } from './refusal-node.ts';

/** What opens a model by its name, of what is in `Options` and a signal. */
export type OpenModel<M, Options> = (name: string, options?: Options & { signal?: AbortSignal | undefined }) => Promise<M>;

export interface OpenModels<M, Options> {
  /** The open model, or one that opens: for whoever asks for it meanwhile, too. To be used by one at a time. @throws what opening it throws */
  get(name: string, options: Options): Promise<M>;
  /** Stops what opens, and gives back the memory of all. */
  close(): Promise<void>;
}

/** @param most of them stay open: those that were used last; opening another one closes the oldest */
export const keepOpen = <M extends { dispose(): Promise<void> }, Options extends object>(
  open: OpenModel<M, Options>,
  most: number,
): OpenModels<M, Options> => {
  const kept = new Map<string, Promise<M>>(); // the one that was used last is the last
  const stop = new AbortController();
  const remove = async (key: string): Promise<void> => {
    const model = kept.get(key);
    kept.delete(key);
    await model?.then((one) => one.dispose()).catch(() => {}); // who asked for it was told
  };
  return {
    get(name, options) {
      const key = JSON.stringify([name, options]);
      const oldest = [...kept.keys()].slice(0, Math.max(0, kept.size + 1 - most));
      const model = kept.get(key) ?? Promise.all(oldest.map(remove)).then(() => open(name, { ...options, signal: stop.signal }));
      kept.delete(key);
      kept.set(key, model);
      model.catch(() => kept.get(key) === model && kept.delete(key));
      return model;
    },
    async close() {
      stop.abort(ended());
      await Promise.all([...kept.keys()].map(remove));
    },
  };
};
