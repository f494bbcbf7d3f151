/** Where sessions compute: on this thread, or in a worker. */
import { openSession } from '#runtime/session';
import { isWorkerUsual, startWorker } from '#runtime/worker';
import { checkAborted } from '../errors.ts';
import type { OpenSession } from './session.ts';
import { inWorker } from './worker.ts';

/**
 * What opens the sessions of an encoder, which share a worker.
 * @param worker whether they compute there; as is usual here where undefined
 * @param signal none is opened any more once it is aborted
 */
export const sessionOpener = (worker = isWorkerUsual(), signal?: AbortSignal): OpenSession => {
  const open = worker ? inWorker(startWorker) : openSession;
  return async (model, options) => {
    checkAborted(signal);
    return open(model, options, signal);
  };
};
