/** The work of `diffcut enqueue`: pictures planned as `segment` plans them, then added instead of done. */
import { resolve } from 'node:path';
import { isS3, type Picture } from '../jobs/inputs-node.ts';
import type { Labelling } from '../jobs/labelling-node.ts';
import type { Job } from '../jobs/plan-node.ts';
import { type Adding, addPictures } from '../jobs/queue-contents-node.ts';
import { FORMAT, type QueuedPicture, risksOf, withQueue } from '../jobs/queue-node.ts';
import { DEFAULT_ENCODER, findNamer, MODELS, SETS, untilAborted } from '../toolkit.ts';
import {
  type BatchOptions,
  checkSolver,
  checkTarget,
  count,
  makePlan,
  pathsOf,
  recipeOf,
  reportFailures,
  reportSkipped,
  type Settled,
  settle,
} from './batch.ts';
import { encoderOptionsOf } from './files.ts';
import { queueAsked } from './queue-run.ts';
import { printJson, say, UsageError } from './terminal.ts';

export interface EnqueueOptions extends BatchOptions {
  queue: string;
}

/** @throws UsageError for what is of one machine, or of all pictures together */
const checkAsked = (args: readonly string[], { format = [], noise, output, recursive }: EnqueueOptions): void => {
  const set = format.find((name) => Object.hasOwn(SETS, name));
  const convert = `diffcut convert ${output} ${recursive ? '--recursive ' : ''}--to ${set}`;
  if (set) throw new UsageError(`The format ${set} is of all pictures together: once all are done, ${convert} makes it`);
  if (args.includes('-')) throw new UsageError('Standard input is of this machine alone: give files or addresses');
  if (String(noise).endsWith('.npy')) throw new UsageError('Noise from a file is of this machine alone: --noise seed:N is the same on all');
};

/** The path of an encoder, where it is one, for whatever folder a worker is started in. */
const encoderOf = ({ encoder = DEFAULT_ENCODER }: Settled): string =>
  encoder.includes('+') || MODELS.some(({ name }) => name === encoder) ? encoder : resolve(encoder);

/** The path of what names segments, likewise. */
const placedNamer = ({ model, ...labelling }: Labelling): Labelling => ({ ...labelling, model: findNamer(model) ? model : resolve(model) });

/** What each picture of the plan is to workers. */
const queuedOf = (options: Settled, folder: string): ((job: Job) => QueuedPicture) => {
  const { formats, asked, overwrite, durable, labelling } = options;
  const plan = { target: { folder }, formats, asked, ...(overwrite && { overwrite }), ...(durable && { durable }) };
  const named = labelling && { labelling: placedNamer(labelling) };
  const recipe = { ...recipeOf(options), ...named, encoder: encoderOf(options), encoderOptions: encoderOptionsOf({ ...options }) };
  const placed = (picture: Picture): Picture => ({ ...picture, path: picture.from === 'file' ? resolve(picture.path) : picture.path });
  return ({ picture }) => ({ format: FORMAT, picture: placed(picture), plan, recipe });
};

const report = (todo: readonly Job[], states: readonly Adding[], told: string, { json, quiet }: Settled): void => {
  if (json) for (const [i, job] of todo.entries()) printJson({ ...pathsOf(job), queued: states[i] });
  if (quiet) return;
  const are = (state: Adding): number => states.filter((one) => one === state).length;
  const there = are('there') > 0 ? `; ${are('there')} there already` : '';
  const aside = are('set aside') > 0 ? `; ${are('set aside')} set aside before: "diffcut queue retry" puts them back` : '';
  say(`${count(are('added'), 'picture')} added to ${told}${there}${aside}`);
};

/**
 * Adds all pictures that the arguments name; one that cannot be done is told, and the others are added.
 * @returns how many cannot be
 * @throws UsageError for options that do not fit; InputError where the queue is not reached, or nothing can be written to the folder
 */
export const runEnqueue = async (args: readonly string[], { queue: url, ...given }: EnqueueOptions, signal: AbortSignal): Promise<number> => {
  const at = queueAsked(url);
  checkAsked(args, { queue: url, ...given });
  await checkSolver(given);
  const options = await settle({ ...given, output: isS3(given.output) ? given.output : resolve(given.output) }, signal);
  if ('file' in options.target) throw new UsageError(`-o ${given.output} is one file: give a folder, such as -o regions`);
  const { folder } = options.target;
  const tell = options.quiet ? () => {} : say;
  return withQueue(at, tell, async (queue) => {
    for (const risk of await risksOf(queue)) tell(risk);
    const { todo, skipped, failures } = await makePlan(args, options, signal);
    if (todo.length > 0) await checkTarget(options);
    const states = await untilAborted(addPictures(queue, todo.map(queuedOf(options, folder)), signal), signal);
    reportSkipped(skipped, options);
    report(todo, states, at.told, options);
    reportFailures(failures, options);
    return failures.length;
  });
};
