/** Encoders that stay open between requests: opening one takes seconds, and few of them fit into memory. */
import { type ENCODER, type Encoder, type Given, openEncoder } from '../toolkit.ts';
import { ended } from './refusal-node.ts';

/** Those that were used last; opening another one closes the oldest. */
const MOST = 2;

export type OpenEncoder = typeof openEncoder;
type Options = Given<typeof ENCODER>;

export interface KeptEncoders {
  /** The open encoder, or one that opens: for whoever asks for it meanwhile, too. To be used by one at a time. @throws what opening it throws */
  get(name: string, options: Options): Promise<Encoder>;
  /** Stops what opens, and gives back the memory of all. */
  close(): Promise<void>;
}

export const keepEncoders = (open: OpenEncoder = openEncoder): KeptEncoders => {
  const kept = new Map<string, Promise<Encoder>>(); // the one that was used last is the last
  const stop = new AbortController();
  const remove = async (key: string): Promise<void> => {
    const encoder = kept.get(key);
    kept.delete(key);
    await encoder?.then((open) => open.dispose()).catch(() => {}); // who asked for it was told
  };
  return {
    get(name, options) {
      const key = JSON.stringify([name, options]);
      const oldest = [...kept.keys()].slice(0, 1 - MOST);
      const encoder = kept.get(key) ?? Promise.all(oldest.map(remove)).then(() => open(name, { ...options, signal: stop.signal }));
      kept.delete(key);
      kept.set(key, encoder);
      encoder.catch(() => kept.get(key) === encoder && kept.delete(key));
      return encoder;
    },
    async close() {
      stop.abort(ended());
      await Promise.all([...kept.keys()].map(remove));
    },
  };
};
