/** The whole work as one file: pictures as they came, their labels, every step since, classes and settings. */
import { InputError } from 'diffcut';
import { packBytes } from '../keep/pack.ts';
import type { WorkRow } from '../keep/store.ts';
import { type Entry, zipped } from '../keep/zip.ts';
import type { PictureRow } from '../types.ts';
import { VERSION } from '../version.ts';
import { inTurn, store } from './desk.ts';
import { LAYOUT, type Project, type Told } from './project-check.ts';
import { openProject, type Taken } from './project-read.ts';
import type { Context } from './wire.ts';

/** What a ZIP holds. */
const MOST_BYTES = 4e9;

const toldOf = ({ id: _, order: __, blob, thumb: ___, folder: ____, isAside: _____, ...row }: PictureRow, i: number, isSegmented: boolean): Told => {
  const number = String(i + 1).padStart(4, '0');
  const ending = /\.[A-Za-z0-9]{1,5}$/.exec(row.name)?.[0] ?? '';
  return {
    ...row,
    file: `pictures/${number}${ending}`,
    type: blob.type,
    ...(blob instanceof File && { modified: blob.lastModified }),
    ...(isSegmented && { sheet: `sheets/${number}.bin` }),
  };
};

export const projectHandlers = {
  /** The project's file. @throws InputError for more than 4 GB; the signal's reason once aborted */
  savedProject: async ({ classes, gone = [], settings, activeId }: WorkRow, context: Context): Promise<Blob> => {
    const { signal, onProgress } = context;
    const kept = await store;
    const rows = ((await kept.all('pictures')) as PictureRow[]).filter(({ isAside }) => !isAside).sort((a, b) => a.order - b.order);
    if (rows.reduce((sum, { blob }) => sum + blob.size, 0) > MOST_BYTES)
      throw new InputError('These pictures are over 4 GB, more than one project file holds: take some out of the list and save two');
    const pictures: Told[] = [];
    const entries: Entry[] = [];
    for (const [i, { id }] of rows.entries()) {
      // between two steps, so that all that is kept of it goes together
      const [row, base, steps] = await inTurn(id, context, () =>
        Promise.all([kept.get('pictures', id), kept.get('bases', id), kept.all('steps', [id, 0], [id, Number.MAX_SAFE_INTEGER])]),
      );
      const told = toldOf(row as PictureRow, i, base !== undefined);
      pictures.push(told);
      entries.push({ name: told.file, blob: (row as PictureRow).blob });
      if (told.sheet) entries.push({ name: told.sheet, blob: new Blob([packBytes({ base, steps }) as BlobPart]) });
    }
    const active = rows.findIndex(({ id }) => id === activeId);
    const project: Project = { diffcut: LAYOUT, version: VERSION, classes, gone, settings, ...(active >= 0 && { active }), pictures };
    const json = new Blob([`${JSON.stringify(project, null, 1)}\n`]);
    const options = { signal, onProgress: (done: number, total: number) => onProgress('zip', done, total) };
    const isStored = (name: string): boolean => name.startsWith('pictures/');
    const [file] = await zipped([{ name: 'project.json', blob: json }, ...entries], { ...options, isStored });
    return file;
  },

  /** Takes a project's pictures in beside those that are here, once all of it was looked at. */
  openProject: async (
    { file, ...here }: { file: File; order: number; classes: WorkRow['classes']; gone: WorkRow['classes'] },
    context: Context,
  ): Promise<Taken> => {
    try {
      return await openProject(file, here, context);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`${file.name} cannot be opened: ${error.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}`);
    }
  },
};
