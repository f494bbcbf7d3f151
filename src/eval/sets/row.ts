/** What a data set is, as data: one row a set, in the files beside this one. */
import type { ValueMap } from './values.ts';

/** What the caller says about a data set. Folders and files are paths; `classes`, `background` and `ignore` are mask values. */
export interface DatasetOptions {
  root?: string;
  images?: string;
  masks?: string;
  list?: string;
  classes?: number;
  background?: number;
  ignore?: number;
  /** How a set's labels become classes, where it has more than one way. */
  rule?: string;
}

/** Where the files are: pictures `images/ID.*`, masks `masks/ID.png`, or `masks/ID_*.png` with `annotators`; a MATLAB file holds those of all. */
export interface Layout {
  images: string;
  masks: string;
  /** One id a line; every picture of the folder where there is none. */
  list?: string;
  annotators?: boolean;
  /** What follows the id in the names, where it is more than a picture's ending. */
  endings?: { image: RegExp; mask: RegExp };
  /** Files lie in folders below, too. */
  deep?: boolean;
  /** The set's own value of each that the masks hold, where these number in another way. */
  values?: ValueMap;
}

/** Classes that a set fixes for itself, numbered from 0. */
export interface ClassTable {
  classes: number;
  background?: number;
  ignore: number;
  names?: readonly string[];
  /** Class of each of the set's values, where they are not the classes themselves. */
  values?: ValueMap;
  /** What the report says of the labels. */
  note?: string;
}

/** A row of the table. */
export interface DatasetRow {
  about: string;
  scores: 'classes' | 'annotators';
  needs: readonly (keyof DatasetOptions)[];
  takes: readonly (keyof DatasetOptions)[];
  /** In the place of what is above it, where a root is given to a set that may do without one. */
  below?: Pick<DatasetRow, 'needs' | 'takes' | 'layouts'>;
  /** Below `root`; the first that is there is read. Sets without a root lie where `images` and `masks` say. */
  layouts?: readonly Layout[];
  classes?: ClassTable;
  /** In the place of `classes`: the caller chooses, the first where nothing was chosen. */
  rules?: Readonly<Record<string, ClassTable>>;
  /** Which pictures are taken where no list is given, as the report says it: those without a mask are left out then. */
  unlisted?: string;
}

/** Value of pixels without a class, where the caller does not say otherwise. */
export const IGNORE = 255;
