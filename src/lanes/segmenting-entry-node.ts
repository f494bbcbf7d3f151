/** What runs in a process of `segmentMany`. */
import { isRuns, toRuns } from '../tensor/runs.ts';
import { answerTasks } from './child-node.ts';
import { segmentTask } from './segmenting.ts';

// A map of runs is a hundredth of the bytes of one of pixels.
answerTasks<Parameters<typeof segmentTask>[0], Awaited<ReturnType<typeof segmentTask>>>(async (task, encoder, watch) => {
  const { labels, ...rest } = await segmentTask(task, encoder, watch);
  return { ...rest, labels: isRuns(labels) ? labels : await toRuns(labels, watch) };
});
