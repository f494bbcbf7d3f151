/** What runs in a process of a batch: see process-node.ts. It ends with the line to who started it. */
import { tellError } from '../errors.ts';
import { loadSharp } from '../sharp-node.ts';
import { type Encoder, openEncoder } from '../toolkit.ts';
import type { Job } from './plan-node.ts';
import type { Answer, PlainRecipe, Request } from './process-node.ts';
import { type Recipe, runJob } from './run-node.ts';

const stop = new AbortController();
const answer = (content: Answer): unknown => process.connected && process.send?.(content, () => {}); // nobody hears it where that fails

const open = async ({ encoder: name, encoderOptions }: PlainRecipe, threads: number): Promise<Encoder> => {
  const sharp = await loadSharp();
  sharp.concurrency(threads);
  sharp.cache(false); // no picture comes twice
  const { threads: asked = threads, worker = false } = encoderOptions; // this process is one already
  const encoder = await openEncoder(name, { ...encoderOptions, threads: asked, worker });
  answer({ kind: 'opened', name: encoder.name, device: encoder.device });
  return encoder;
};

let stage = '';
const onProgress = (now: string): void => {
  if (now !== stage) answer({ kind: 'stage', stage: now });
  stage = now;
};

const work = async (job: Job, recipe: Pick<Recipe, 'options' | 'exporting' | 'numbering'>, encoder: Encoder): Promise<Answer> => {
  try {
    const [{ record, segments }, milliseconds] = await runJob(job, { ...recipe, encoder }, stop.signal, onProgress);
    return { kind: 'done', made: { record, segments }, milliseconds };
  } catch (error) {
    return { kind: 'failed', error: tellError(error) };
  } finally {
    stage = '';
  }
};

let recipe: Pick<Recipe, 'options' | 'exporting' | 'numbering'> = { options: {} };
let encoder: Promise<Encoder>;
let working: Promise<unknown> = Promise.resolve();

const KINDS: { [K in Request['kind']]: (request: Extract<Request, { kind: K }>) => void } = {
  open({ recipe: given, threads }) {
    const { options, exporting, numbering } = given;
    recipe = { options, ...(exporting && { exporting }), ...(numbering && { numbering }) };
    encoder = open(given, threads);
    encoder.catch(() => {}); // told by the job that waits for it
  },
  job({ job }) {
    working = encoder.then(
      async (opened) => answer(await work(job, recipe, opened)),
      (error) => answer({ kind: 'refused', error: tellError(error) }),
    );
  },
  stop: () => stop.abort(),
};

const end = (): void => void process.kill(process.pid, 'SIGKILL'); // an exit would wait for what the system does not read

process.on('message', (request: Request) => KINDS[request.kind](request as never));
process.on('disconnect', () => {
  stop.abort();
  if (stage === 'write')
    working.finally(end); // the file is finished
  else end();
});
// Ctrl-C reaches every process of a terminal: what is to end is said by the other end.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {});
