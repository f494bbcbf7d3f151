import { readFileSync } from 'node:fs';

/** The package's version, from its package.json: the folder above this file's in `src` and in `dist`. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
