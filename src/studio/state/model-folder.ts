/** A model's folder from the user's disk: its files by path. */
import type { Picked } from '../worker/added.ts';
import { tellProblem } from './bridge.ts';

/** Entries that are no part of a model, whatever its layout. */
const isOdd = (path: string): boolean => path.split('/').some((name) => name.startsWith('.'));

type Folder = FileSystemDirectoryHandle & { entries(): AsyncIterable<[string, FileSystemHandle]> };
type Picker = (options: object) => Promise<Folder>;

const filesBelow = async (folder: Folder, path = ''): Promise<Record<string, Blob>> => {
  const out: Record<string, Blob> = {};
  for await (const [name, entry] of folder.entries()) {
    if (isOdd(name)) continue;
    if (entry.kind === 'directory') Object.assign(out, await filesBelow(entry as Folder, `${path}${name}/`));
    else out[path + name] = await (entry as FileSystemFileHandle).getFile();
  }
  return out;
};

/** By the system's own dialog, which only reads. @returns undefined where nothing was picked */
export const pickModel = async (): Promise<Picked | undefined> => {
  try {
    const folder = await (globalThis as unknown as { showDirectoryPicker: Picker }).showDirectoryPicker({ id: 'diffcut-model', mode: 'read' });
    return { name: folder.name, files: await filesBelow(folder) };
  } catch (error) {
    tellProblem(error); // AbortError: somebody thought better of it
    return undefined;
  }
};

/** By the plain dialog of browsers without the other. */
export const pickedFiles = (list: FileList | null): Picked | undefined => {
  const files = [...(list ?? [])].filter(({ webkitRelativePath: path }) => !isOdd(path));
  if (files.length === 0) return undefined;
  const [name] = files[0].webkitRelativePath.split('/');
  return { name, files: Object.fromEntries(files.map((file) => [file.webkitRelativePath.slice(name.length + 1), file])) };
};
