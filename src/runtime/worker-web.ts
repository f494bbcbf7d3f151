import { assetUrl } from './assets.ts';
import type { StartWorker } from './worker.ts';

/** Where nothing is said, a page computes in its own thread: not every server of pages lets workers be. */
export const isWorkerUsual = (): boolean => false;

/** Inputs are copied, since encoders use some of theirs again; outputs come by transfer. */
export const startWorker: StartWorker = (answered, ended) => {
  const given = assetUrl('worker.js');
  // Written out like this it is what bundlers look for.
  const worker = given
    ? new Worker(given, { type: 'module', name: new URL('.', given).href })
    : new Worker(new URL('./worker-entry-web.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => answered(data);
  worker.onerror = (event) => {
    event.preventDefault();
    worker.terminate();
    ended(event.message || 'it could not be loaded');
  };
  return {
    post: (request) => worker.postMessage(request),
    hold() {},
    end: async () => worker.terminate(),
  };
};
