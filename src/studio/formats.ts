/** What the page can write: the package's formats, and its own. */
import { FORMATS } from 'diffcut/export';

/** Each region's class instead of its id. */
export const CLASSES = { name: 'classes', suffix: '.classes.png' } as const;

/** Endings by name, in the order in which files are made. */
export const SUFFIXES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(FORMATS).map(([name, { suffix }]) => [name, suffix])),
  [CLASSES.name]: CLASSES.suffix,
};

/** Whether a format is a folder with a file a region. */
export const isFolder = (name: string): boolean => name !== CLASSES.name && 'each' in FORMATS[name];
