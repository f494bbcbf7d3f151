/** Everything that the page can ask its worker, by name. */

import type { WorkRow } from '../keep/store.ts';
import type { Engine } from '../types.ts';
import { VERSION } from '../version.ts';
import { addedModels } from './added.ts';
import { coherenceHandlers } from './coherence.ts';
import { compareHandlers } from './compare.ts';
import { conceptHandlers } from './concepts.ts';
import { closeAll, inTurn, store } from './desk.ts';
import { encoderHandlers } from './encoders.ts';
import { engineHere } from './engine.ts';
import { exportHandlers } from './export.ts';
import { labelHandlers } from './labels.ts';
import { namerHandlers } from './namers.ts';
import { pictureHandlers } from './pictures.ts';
import { previewHandlers } from './previews.ts';
import { projectHandlers } from './project.ts';
import { regionHandlers } from './regions.ts';
import { setHandlers } from './sets.ts';
import { similarHandlers } from './similar.ts';
import { strokeHandlers } from './strokes.ts';
import { treeHandlers } from './tree.ts';
import { stopLast, stoppable } from './waiting.ts';
import type { Context } from './wire.ts';

const sessionHandlers = {
  ping: async (): Promise<void> => {},
  engine: async (): Promise<Engine> => engineHere(VERSION),
  work: async (): Promise<WorkRow | undefined> => (await (await store).get('work', 'work')) as WorkRow | undefined,
  keepWork: async (row: WorkRow): Promise<void> => (await store).put('work', 'work', row),
  /** Pictures and all that was made of them, classes, settings, and added models. */
  forgetAll: async (): Promise<void> => {
    closeAll();
    await (await store).clear();
    for (const { name, isNamer } of await addedModels())
      await (isNamer ? namerHandlers.removeNamer({ name }) : encoderHandlers.removeEncoder({ name }));
  },
};

/** A handler that changes a picture: it waits for the one before. */
const turned =
  <A extends { id: string }, T>(handler: (args: A, context: Context) => Promise<T>) =>
  (args: A, context: Context): Promise<T> =>
    inTurn(args.id, context, () => handler(args, context));

const { ready, settle, edit, undo, redo } = regionHandlers;
const changingHandlers = {
  ready: turned(ready),
  settle: stoppable(turned(settle)),
  edit: stoppable(turned(edit)),
  redo: turned(redo),
  /** While a change waits it is that change which is not wanted. */
  undo: async (args: Parameters<typeof undo>[0], context: Context): ReturnType<typeof undo> => {
    const isStopped = args.version === undefined && (await stopLast(args.id));
    return isStopped ? regionHandlers.stopped(args, context) : turned(undo)(args, context);
  },
};

export const handlers = {
  ...sessionHandlers,
  ...pictureHandlers,
  ...regionHandlers,
  ...changingHandlers,
  ...coherenceHandlers,
  ...similarHandlers,
  ...namerHandlers,
  ...strokeHandlers,
  ...exportHandlers,
  ...setHandlers,
  ...projectHandlers,
  ...labelHandlers,
  openLabels: turned(labelHandlers.openLabels),
  ...previewHandlers,
  ...treeHandlers,
  ...encoderHandlers,
  ...compareHandlers,
  ...conceptHandlers,
};
export type Handlers = typeof handlers;
