/** Names of formats on the command line: those of a picture each, and those of a whole set. */
import { Option } from 'commander';
import { FORMAT_NAMES, SET_NAMES } from '../tables.ts';
import { namesOf } from './options.ts';

/** What `convert` makes of labels without their picture's pixels. */
export const CONVERTED = {
  files: FORMAT_NAMES.filter((name) => !['overlay', 'cutouts', 'json'].includes(name)),
  sets: SET_NAMES,
};

export const formatNames = (flags: string, names: readonly string[], more = ''): Option =>
  new Option(flags, `of ${names.join(', ')}${more}`).argParser(namesOf('format', names));
