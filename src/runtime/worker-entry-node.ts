/** What runs in Node's worker: see worker-node.ts. It ends with the line to who started it. */
import { openSession } from './session-node.ts';
import { serveSessions } from './worker.ts';
import type { Crossing } from './worker-node.ts';

const pieces = new Map<string, Uint8Array[]>();
const serve = serveSessions(openSession, (answer) => process.send?.(answer));

process.on('message', (content: Crossing) => {
  if (content.kind === 'piece') pieces.set(content.path, [...(pieces.get(content.path) ?? []), content.bytes]);
  else if (content.kind === 'open' && pieces.size > 0) {
    const weightsFiles = [...pieces].map(([path, parts]) => ({ path, data: new Blob(parts as Uint8Array<ArrayBuffer>[]) }));
    pieces.clear();
    serve({ ...content, model: { ...content.model, weightsFiles } });
  } else serve(content);
});
process.on('disconnect', () => process.exit()); // who asked is gone, however it went
process.on('SIGINT', () => {}); // Ctrl-C reaches every process of a terminal: what is to end is said by the other end
