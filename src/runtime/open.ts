/** Where sessions compute: on this thread, or in a worker. */
import { openSession } from '#runtime/session';
import { isWorkerUsual, startWorker } from '#runtime/worker';
import type { OpenSession } from './session.ts';
import { inWorker } from './worker.ts';

/** What opens the sessions of an encoder, which share a worker. @param worker whether they compute there; as is usual here where undefined */
export const sessionOpener = (worker = isWorkerUsual()): OpenSession => (worker ? inWorker(startWorker) : openSession);
