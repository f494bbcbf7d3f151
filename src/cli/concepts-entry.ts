/** What runs in a process of `concepts`: see concepts-lanes.ts. */
import { answerTasks } from '../lanes/child-node.ts';
import { type Segmented, type SegmentTask, segmentTask } from './concepts-segments.ts';

answerTasks<SegmentTask, Segmented>(segmentTask);
