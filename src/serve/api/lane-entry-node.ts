/** What runs in a process of the server. */
import { answerTasks } from '../../lanes/child-node.ts';
import { type ApiResult, type ApiTask, apiWork } from './work-node.ts';

answerTasks<ApiTask, ApiResult>(apiWork);
