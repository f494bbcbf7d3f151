/** What `diffcut work` tells of its pictures. */
import { nameOf, toldPath } from '../jobs/inputs-node.ts';
import { workOn } from '../jobs/queue-worker-node.ts';
import { type Resolved, WORK } from '../toolkit.ts';
import { count, notesOf, pathsOf, sayDevice, titleOf, withTitle } from './batch.ts';
import { queueAsked } from './queue-run.ts';
import { printJson, say, sayError, sentenceOf } from './terminal.ts';
import type { WorkOptions } from './work.ts';

/** @returns how many pictures were set aside */
export const runWork = async ({ queue: url, json, quiet, verbose, ...given }: WorkOptions, signal: AbortSignal): Promise<number> => {
  const at = queueAsked(url);
  const defaults = Object.fromEntries(Object.entries(WORK).map(([name, spec]) => [name, spec.default])) as Resolved<typeof WORK>;
  const tell = quiet ? () => {} : say;
  const counts = { done: 0, skipped: 0, failed: 0 };
  await workOn(at, { ...defaults, ...given }, signal, {
    opened: (encoder) => quiet || sayDevice(encoder),
    done(job, { made, milliseconds }) {
      counts.done++;
      if (json) printJson({ ...pathsOf(job), ...made.record });
      const notes = notesOf(made.record).map((note) => `; ${note}`);
      tell(`${titleOf(job.picture)}: ${count(made.segments.length, 'segment')}, ${(milliseconds / 1000).toFixed(1)} s${notes.join('')}`);
    },
    skipped({ path }) {
      counts.skipped++;
      if (json) printJson({ path: toldPath(path), skipped: true });
      tell(`${nameOf(path)}: finished before`);
    },
    failed(picture, error, isLast) {
      const sentence = sentenceOf(error);
      const titled = withTitle(picture, sentence);
      if (!isLast) return tell(`${titled}; it is tried again`);
      counts.failed++;
      if (json) printJson({ path: toldPath(picture.path), page: picture.page, error: sentence });
      sayError(`diffcut: ${titled}; it is set aside`, error, verbose);
    },
    say: tell,
  });
  tell(
    `${count(counts.done, 'picture')} done${counts.skipped ? `; ${counts.skipped} finished before` : ''}${counts.failed ? `; ${counts.failed} set aside` : ''}`,
  );
  return counts.failed;
};
