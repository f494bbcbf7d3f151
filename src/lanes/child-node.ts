/** The other end of process-node.ts: what runs in the process. It ends with the line to who started it. */
import type { Encoder } from '../encode/encoder.ts';
import { openEncoder } from '../encode/open.ts';
import { tellError } from '../errors.ts';
import { loadSharp } from '../sharp-node.ts';
import type { Opening, Work } from './lanes.ts';
import type { Answer, Request } from './process-node.ts';

const answer = (content: Answer<unknown>): unknown => process.connected && process.send?.(content, () => {}); // nobody hears it where that fails

const open = async ({ encoder: name, encoderOptions }: Opening, threads: number): Promise<Encoder> => {
  const sharp = await loadSharp();
  sharp.concurrency(threads);
  sharp.cache(false); // no picture comes twice
  const { threads: asked = threads, worker = false } = encoderOptions; // this process is one already
  const encoder = await openEncoder(name, { ...encoderOptions, threads: asked, worker });
  answer({ kind: 'opened', name: encoder.name, device: encoder.device });
  return encoder;
};

const end = (): void => void process.kill(process.pid, 'SIGKILL'); // an exit would wait for what the system does not read

/** Makes this process a lane that does this work. */
export const answerTasks = <T, R>(work: Work<T, R>): void => {
  let stage = '';
  let stop = new AbortController();
  let encoder: Promise<Encoder>;
  let working: Promise<unknown> = Promise.resolve();
  const onProgress = (now: string): void => {
    if (now !== stage) answer({ kind: 'stage', stage: now });
    stage = now;
  };
  const outcomeOf = async (task: T, opened: Encoder, signal: AbortSignal): Promise<Answer<R>> => {
    try {
      signal.throwIfAborted();
      return { kind: 'done', result: await work(task, opened, { signal, onProgress }) };
    } catch (error) {
      return { kind: 'failed', error: tellError(error) };
    } finally {
      stage = '';
    }
  };
  const kinds: { [K in Request<T>['kind']]: (request: Extract<Request<T>, { kind: K }>) => void } = {
    open({ opening, threads }) {
      encoder = open(opening, threads);
      encoder.catch((error) => answer({ kind: 'refused', error: tellError(error) }));
    },
    task({ task }) {
      stop = new AbortController();
      const { signal } = stop;
      working = encoder.then(
        async (opened) => answer(await outcomeOf(task, opened, signal)),
        (error) => answer({ kind: 'refused', error: tellError(error) }),
      );
    },
    stop: () => stop.abort(),
  };
  process.on('message', (request: Request<T>) => kinds[request.kind](request as never));
  process.on('disconnect', () => {
    stop.abort();
    if (stage === 'write')
      working.finally(end); // the file is finished
    else end();
  });
  // Ctrl-C reaches every process of a terminal: what is to end is said by the other end.
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {});
};
