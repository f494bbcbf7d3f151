/** Pictures into the page: dropped, pasted, picked, a folder, or the bundled ones. */
import { texts } from '../texts.ts';
import { say, tellProblem } from './bridge.ts';
import { areLabels, isLabelsOf, loadClasses, offerLabels } from './labels.ts';
import { addPictures, type Given } from './pictures.ts';
import { isProject, openProject } from './project.ts';
import { isStatic, urlOf } from './site.ts';
import * as work from './work.ts';

/** Endings of pictures that are read: of a folder the rest is passed over. */
const PICTURE = /\.(jpe?g|jfif|jpe|png|webp|avif|tiff?|gif|bmp|hei[cf])$/i;
export const ACCEPT = 'image/*,.tif,.tiff,.heic,.heif,.bmp';

const isPicture = ({ name, type }: File): boolean => PICTURE.test(name) || (type.startsWith('image/') && !/svg/.test(type));

const given = (file: File, folder?: FileSystemDirectoryHandle): Given => ({ blob: file, name: file.name, ...(folder && { folder }) });

const byName = (a: Given, b: Given): number => a.name.localeCompare(b.name, undefined, { numeric: true });

/** What a file is taken for, by its name and type. */
const kindOf = ({ blob, name }: Given): 'project' | 'labels' | 'picture' | 'other' => {
  if (isProject(name)) return 'project';
  if (areLabels(name)) return 'labels';
  return isPicture(new File([], name, { type: blob.type })) ? 'picture' : 'other';
};

const fileOf = ({ blob, name }: Given): File => (blob instanceof File ? blob : new File([blob], name));

/** The dialog that asked for files has them. */
const endAsking = (): void => {
  if (work.dialog.value === 'open') work.dialog.value = undefined;
};

/** Says in one sentence what is not read, by kind. */
const tellPassedOver = (names: readonly string[]): void => {
  if (names.length === 0) return;
  const times = new Map<string, number>();
  for (const name of names) {
    const ending = /(?<=.)\.[^.]{1,8}$/.exec(name)?.[0].toLowerCase() ?? texts.noEnding;
    times.set(ending, (times.get(ending) ?? 0) + 1);
  }
  say(
    texts.passedOver(
      names.length,
      [...times].sort((a, b) => b[1] - a[1]),
    ),
  );
};

/** Adds what are pictures; opens projects and what are labels of pictures; and says what else there was. */
export const openPictures = async (all: readonly Given[]): Promise<void> => {
  endAsking();
  const of = { project: [] as Given[], labels: [] as Given[], picture: [] as Given[], other: [] as Given[] };
  for (const one of all) of[kindOf(one)].push(one);
  // pictures whose labels lie beside them come first, so that the labels find them
  const labels: Given[] = [...of.labels];
  const unsure: Given[] = [];
  const pictures: Given[] = [];
  const names = [...work.items.value.map(({ name }) => name), ...of.picture.map(({ name }) => name)];
  for (const one of of.picture) {
    const answer = await isLabelsOf(one, names);
    (answer === 'no' ? pictures : labels).push(one);
    if (answer === 'maybe') unsure.push(one);
  }
  tellPassedOver(of.other.map(({ name }) => name));
  try {
    await addPictures(pictures);
    if (labels.length > 0) await offerLabels(labels.map(fileOf), unsure);
    if (of.project[0]) openProject(fileOf(of.project[0]));
  } catch (error) {
    tellProblem(error);
  }
};

/** Files that are a project, or labels of pictures, or names of classes: a PNG is labels here. */
export const openWork = (files: FileList | null): void => {
  endAsking();
  const all = [...(files ?? [])];
  const project = all.find(({ name }) => isProject(name));
  if (project) return openProject(project);
  const read = all.filter(({ name }) => areLabels(name) || /\.png$/i.test(name));
  tellPassedOver(all.filter((file) => !read.includes(file)).map(({ name }) => name));
  if (read.length > 0) void offerLabels(read).catch(tellProblem);
};
export const ACCEPT_WORK = '.diffcut,.png,.npy,.json,.txt,.names';

/** A file that was given as the list of classes, whatever it is called. */
export const openClasses = (files: FileList | null): void => {
  if (files && files.length > 0) void loadClasses([...files]).catch(tellProblem);
};
export const ACCEPT_CLASSES = '.txt,.names,.json';

/** Folders and overlays that were written of pictures. */
const RESULTS = /\.(masks|cutouts|overlay\.jpg)$/i;

/** The files of a folder and of those below it. */
const walk = async (folder: FileSystemDirectoryHandle): Promise<Given[]> => {
  const out: Given[] = [];
  const entries = (folder as unknown as { values(): AsyncIterable<FileSystemHandle> }).values();
  for await (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    if (RESULTS.test(entry.name)) continue;
    if (entry.kind === 'directory') out.push(...(await walk(entry as FileSystemDirectoryHandle)));
    else out.push(given(await (entry as FileSystemFileHandle).getFile(), folder));
  }
  return out.sort(byName);
};

interface Entry {
  isDirectory: boolean;
  file(done: (file: File) => void, failed: (error: unknown) => void): void;
  createReader(): { readEntries(done: (entries: Entry[]) => void, failed: (error: unknown) => void): void };
}

/** A dropped folder where the browser gives no handles. */
const walkEntry = async (entry: Entry): Promise<Given[]> => {
  if (!entry.isDirectory) return [given(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)))];
  const reader = entry.createReader();
  const out: Given[] = [];
  for (;;) {
    const some = await new Promise<Entry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return out.sort(byName);
    for (const one of some) out.push(...(await walkEntry(one)));
  }
};

/** What was dropped or pasted: files, and folders with all that lies in them. */
export const openFiles = async (transfer: DataTransfer): Promise<void> => {
  // both lists are empty after the first await
  const entries = [...transfer.items].map((item) => (item.kind === 'file' ? (item.webkitGetAsEntry?.() as Entry | null) : null));
  const files = [...transfer.files];
  try {
    const isFolder = entries.some((entry) => entry?.isDirectory);
    await openPictures(
      isFolder ? (await Promise.all(entries.filter((e): e is Entry => e !== null).map(walkEntry))).flat() : files.map((file) => given(file)),
    );
  } catch (error) {
    tellProblem(error);
  }
};

type Picker = (options: object) => Promise<FileSystemDirectoryHandle>;
const picker = (): Picker | undefined => (globalThis as unknown as { showDirectoryPicker?: Picker }).showDirectoryPicker?.bind(globalThis);
export const canPickFolder = (): boolean => picker() !== undefined;

/** A folder by the system's own dialog: results can be saved back beside the pictures. */
export const pickFolder = async (): Promise<void> => {
  try {
    const folder = await picker()?.({ mode: 'readwrite' });
    if (folder) await openPictures(await walk(folder));
  } catch (error) {
    tellProblem(error);
  }
};

export const openList = (files: FileList | null): void => {
  if (files) void openPictures([...files].map((file) => given(file)));
};

/** Pasted pictures. */
export const hearPaste = (): void => {
  addEventListener('paste', (event) => {
    const { clipboardData } = event;
    if (!clipboardData || clipboardData.files.length === 0) return;
    event.preventDefault();
    void openFiles(clipboardData);
  });
};

/** The bundled photographs, which lie beside the page. */
export const SAMPLES = [
  'horses',
  'chelsea',
  'coffee',
  'rocket',
  'astronaut',
  'citrus',
  'bee',
  'bridge',
  'colosseum',
  'hopper',
  'retina',
  'room',
] as const;
export const openSamples = async (): Promise<void> => {
  const read = async (name: string): Promise<Given> => {
    const response = await fetch(urlOf(`samples/${name}.jpg`));
    if (!response.ok) throw new Error(texts.noSamples);
    return { blob: await response.blob(), name: `${name}.jpg` };
  };
  try {
    await openPictures(await Promise.all(SAMPLES.map(read)));
  } catch (error) {
    tellProblem(error);
  }
};

/** The address of the page that brought them: neither a reload nor another tab brings the same pictures again. */
const TAKEN = 'diffcut-inputs';

/** The pictures that were named on the command line of the program that serves the page. */
export const openInputs = async (): Promise<void> => {
  if (isStatic || localStorage.getItem(TAKEN) === document.baseURI) return;
  try {
    const inputs = (await (await fetch(urlOf('api/inputs'))).json()) as { id: string; name: string }[];
    for (const { id, name } of inputs) {
      const response = await fetch(urlOf(`api/inputs/${encodeURIComponent(id)}`));
      if (response.ok) void addPictures([{ blob: await response.blob(), name }]).catch(tellProblem);
      else tellProblem(new Error((await response.json()).error));
    }
    localStorage.setItem(TAKEN, document.baseURI);
  } catch (error) {
    tellProblem(error);
  }
};
