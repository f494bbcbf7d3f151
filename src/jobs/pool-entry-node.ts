/** What runs in a process of the pool: see pool-node.ts. It ends with the line to who started it. */
import sharp from 'sharp';
import { tellError } from '../errors.ts';
import { type Encoder, FORMATS, openEncoder } from '../toolkit.ts';
import type { Answer, JobTold, PoolRecipe, Request } from './pool-node.ts';
import { runJob } from './run-node.ts';

const stop = new AbortController();
const answer = (content: Answer): unknown => process.connected && process.send?.(content, () => {}); // nobody hears it where that fails

const open = async ({ encoder: name, encoderOptions }: PoolRecipe, threads: number): Promise<Encoder> => {
  sharp.concurrency(threads);
  const { threads: asked = threads, worker = false } = encoderOptions; // this process is one already
  const encoder = await openEncoder(name, { ...encoderOptions, threads: asked, worker });
  answer({ kind: 'opened', name: encoder.name, device: encoder.device });
  return encoder;
};

const work = async ({ picture, outputs }: JobTold, options: PoolRecipe['options'], encoder: Encoder): Promise<Answer> => {
  let last = '';
  const onProgress = (stage: string): void => {
    if (stage !== last) answer({ kind: 'stage', stage });
    last = stage;
  };
  try {
    const job = { picture, outputs: outputs.map(({ path, format }) => ({ path, format: FORMATS[format] })) };
    const [{ record, segments }, milliseconds] = await runJob(job, { options, encoder }, stop.signal, onProgress);
    return { kind: 'done', made: { record, segments }, milliseconds };
  } catch (error) {
    return { kind: 'failed', error: tellError(error) };
  }
};

let options: PoolRecipe['options'] = {};
let encoder: Promise<Encoder>;
let working: Promise<unknown> = Promise.resolve();

const KINDS: { [K in Request['kind']]: (request: Extract<Request, { kind: K }>) => void } = {
  open({ recipe, threads }) {
    options = recipe.options;
    encoder = open(recipe, threads);
    encoder.catch(() => {}); // told by the job that waits for it
  },
  job({ job }) {
    working = encoder.then(
      async (opened) => answer(await work(job, options, opened)),
      (error) => answer({ kind: 'refused', error: tellError(error) }),
    );
  },
  stop: () => stop.abort(),
};

process.on('message', (request: Request) => KINDS[request.kind](request as never));
process.on('disconnect', () => {
  stop.abort();
  void working.finally(() => process.exit()); // a file being written is finished
});
// Ctrl-C reaches every process of a terminal: what is to end is said by the other end.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {});
