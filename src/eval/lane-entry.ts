/** What runs in a process of an evaluation: see lanes.ts. */
import { answerTasks } from '../lanes/child-node.ts';
import * as stages from '../toolkit.ts';
import type { MeasureTask } from './lanes.ts';
import { type Measured, measure } from './measure.ts';

answerTasks<MeasureTask, Measured>(({ item, exercise }, encoder, { signal }) => measure(item, exercise, { stages, encoder, signal }));
