/** Everything that the page can ask its worker, by name. */

import type { WorkRow } from '../keep/store.ts';
import type { Engine } from '../types.ts';
import { VERSION } from '../version.ts';
import { store } from './desk.ts';
import { engineHere } from './encoders.ts';
import { pictureHandlers } from './pictures.ts';
import { previewHandlers } from './previews.ts';
import { regionHandlers } from './regions.ts';
import { treeHandlers } from './tree.ts';

const sessionHandlers = {
  ping: async (): Promise<void> => {},
  engine: async (): Promise<Engine> => engineHere(VERSION),
  work: async (): Promise<WorkRow | undefined> => (await (await store).get('work', 'work')) as WorkRow | undefined,
  keepWork: async (row: WorkRow): Promise<void> => (await store).put('work', 'work', row),
};

export const handlers = { ...sessionHandlers, ...pictureHandlers, ...regionHandlers, ...previewHandlers, ...treeHandlers };
export type Handlers = typeof handlers;
