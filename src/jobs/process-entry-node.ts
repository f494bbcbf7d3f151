/** What runs in a process of a batch: see pool-node.ts. */
import { answerTasks } from '../lanes/child-node.ts';
import type { Done, JobTask } from './pool-node.ts';
import { runJob } from './run-node.ts';

answerTasks<JobTask, Done>(async ({ job, recipe }, encoder, { signal, onProgress }) => {
  const [{ record, segments }, milliseconds] = await runJob(job, { ...recipe, encoder }, signal as AbortSignal, onProgress as () => void);
  return { made: { record, segments }, milliseconds };
});
