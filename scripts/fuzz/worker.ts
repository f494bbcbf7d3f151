/**
 * The process that the inputs run in: it may crash, hang or run out of memory, and is then ended and told of by run.mjs.
 * Which input is under way stands in a file, which outlasts it.
 */
import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inputOf } from './mutate.ts';
import { inputsOf, TARGETS, type Target } from './targets.ts';
import { faultOfError, judge } from './verdict.ts';

/** What it is asked: inputs `from` on, every `step`th, until so many or so long; or to judge or to write out one input. */
interface Job {
  target: string;
  seed: string;
  from: number;
  step: number;
  inputs: number;
  milliseconds: number;
  /** Only writes the first input here. */
  write?: string;
  /** Only judges these bytes, base64. */
  bytes?: string;
}

/** Megabytes that one input may add to the peak of memory, where its target says nothing else. */
const PEAK = 256;
/** Milliseconds that one input may take. */
const SLOW = 5000;

const place = openSync(process.argv[2], 'w');
const note = (number: number): void => void writeSync(place, `${number} `.padEnd(16), 0);

/** Kilobytes, of all that the process ever had. */
const peak = (): number => process.resourceUsage().maxRSS;

let strayed: string | undefined;
for (const kind of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(kind, (error: unknown) => {
    strayed ??= `nobody caught it: ${faultOfError(error) ?? String(error)}`;
  });
console.log = console.warn = console.error = () => {}; // decoders of others

const verdictOf = async (target: Target, bytes: Uint8Array): Promise<string | undefined> => {
  const [before, start] = [peak(), performance.now()];
  strayed = undefined;
  const fault = await judge(target, bytes);
  const [more, took] = [(peak() - before) / 1024, performance.now() - start];
  if (fault ?? strayed) return fault ?? strayed;
  if (more > (target.peak ?? PEAK)) return `memory: ${Math.round(more)} MB for ${bytes.length} bytes`;
  if (took > SLOW) return `slow: ${(took / 1000).toFixed(1)} s for ${bytes.length} bytes`;
  return undefined;
};

/** @returns how many inputs ran, and what was wrong with the last of them */
const work = async ({ target: name, seed, from, step, inputs, milliseconds, write, bytes }: Job): Promise<object> => {
  const target = TARGETS.find((candidate) => candidate.name === name);
  if (!target) throw new Error(`no target ${name}`);
  if (bytes !== undefined) {
    note(0);
    return { done: 1, fault: await verdictOf(target, new Uint8Array(Buffer.from(bytes, 'base64'))) };
  }
  const seeds = await target.seeds();
  const run = `${seed} ${name}`;
  if (write !== undefined) {
    mkdirSync(join(write, '..'), { recursive: true });
    writeFileSync(write, inputOf(run, from, target.kind, seeds));
    return { done: 0 };
  }
  const until = performance.now() + milliseconds;
  let done = 0;
  for (let number = from; done < inputs && performance.now() < until; number += step) {
    const input = inputOf(run, number, target.kind, seeds);
    note(number);
    const fault = await verdictOf(target, input);
    done++;
    if (fault !== undefined) return { done, fault, number, bytes: Buffer.from(input).toString('base64') };
    if (done % 64 === 0) await new Promise(setImmediate); // a stray error comes out, and the parent can ask
  }
  return { done };
};

process.on('message', (job: Job) => {
  work(job).then(
    (result) => process.send?.(result),
    (error) => process.send?.({ done: 0, broken: String((error as Error).stack) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ targets: TARGETS.map((target) => ({ name: target.name, all: inputsOf(target) })) });
