/** What runs in a page's worker: see worker-web.ts. */
import { openSession } from '#runtime/session';
import { setAssets } from './assets.ts';
import { serveSessions } from './worker.ts';

/** A worker's own side, which the types of a page lack. */
const here = globalThis as unknown as {
  name: string;
  onmessage: (event: MessageEvent) => void;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
};
if (here.name) setAssets(here.name);
const serve = serveSessions(openSession, (answer, transfer) => here.postMessage(answer, transfer));
here.onmessage = ({ data }) => serve(data);
