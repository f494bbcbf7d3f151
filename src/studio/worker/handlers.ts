/** Everything that the page can ask its worker, by name. */

import type { WorkRow } from '../keep/store.ts';
import type { Engine } from '../types.ts';
import { VERSION } from '../version.ts';
import { addedEncoders } from './added.ts';
import { closeAll, store } from './desk.ts';
import { encoderHandlers, engineHere } from './encoders.ts';
import { pictureHandlers } from './pictures.ts';
import { regionHandlers } from './regions.ts';

const sessionHandlers = {
  ping: async (): Promise<void> => {},
  engine: async (): Promise<Engine> => engineHere(VERSION),
  work: async (): Promise<WorkRow | undefined> => (await (await store).get('work', 'work')) as WorkRow | undefined,
  keepWork: async (row: WorkRow): Promise<void> => (await store).put('work', 'work', row),
  /** Pictures and all that was made of them, classes, settings, and added encoders. */
  forgetAll: async (): Promise<void> => {
    closeAll();
    await (await store).clear();
    for (const { name } of await addedEncoders()) await encoderHandlers.removeEncoder({ name });
  },
};

export const handlers = { ...sessionHandlers, ...pictureHandlers, ...regionHandlers, ...encoderHandlers };
export type Handlers = typeof handlers;
