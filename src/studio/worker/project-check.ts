/** What a project's JSON may be: each member looked at, since anybody may have written it. */
import { SEGMENT_OPTIONS } from 'diffcut';
import type { ClassRow, PictureRow, Settings } from '../types.ts';

/** Of the file's layout: another one wants another page. */
export const LAYOUT = 1;

/** A picture as the project's JSON tells of it. */
export interface Told extends Omit<PictureRow, 'id' | 'order' | 'blob' | 'thumb' | 'folder' | 'isAside'> {
  /** Name of its file in the ZIP, its type, and when it was changed (milliseconds since 1970). */
  file: string;
  type: string;
  modified?: number;
  /** Name of the file of its labels and steps, where it was segmented. */
  sheet?: string;
}

export interface Project {
  diffcut: number;
  version: string;
  classes: ClassRow[];
  gone: ClassRow[];
  settings: Settings;
  /** Place in the list of the picture on the stage, from 0. */
  active?: number;
  pictures: Told[];
}

type Check = (value: unknown) => boolean;
const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= 10_000;
const isNumber = (value: unknown): boolean => Number.isFinite(value);
const whole =
  (from: number, to: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
const either =
  (...checks: Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const only =
  (one: unknown): Check =>
  (value) =>
    value === one;
const list =
  (check: Check, most = 10_000): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
export const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const object =
  (checks: Record<string, Check>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([name, check]) => check(value[name]));
const maybe = (check: Check): Check => either(only(undefined), check);
const nullable = (check: Check): Check => either(only(null), check);

const isSettings: Check = (value) =>
  isObject(value) &&
  Object.entries(value).every(([name, given]) =>
    name === 'where'
      ? given === 'page' || given === 'computer'
      : Object.hasOwn(SEGMENT_OPTIONS, name) && SEGMENT_OPTIONS[name as keyof typeof SEGMENT_OPTIONS].accepts(given),
  );

const isClass = object({
  id: whole(1, 2 ** 24),
  name: (value) => isText(value) && String(value).trim() !== '' && String(value).length <= 1000,
  colour: (value) => list(whole(0, 255), 3)(value) && (value as unknown[]).length === 3,
});

const isDrawn = object({
  at: whole(0, 1e9),
  settings: isSettings,
  used: object({
    encoder: isText,
    device: nullable(isText),
    solver: isText,
    alpha: nullable(isNumber),
    price: nullable(isNumber),
    tau: nullable(isNumber),
    size: nullable(list(isNumber, 2)),
    milliseconds: isNumber,
    whole: isNumber,
    own: object({ solver: isText, price: isNumber, mergePrice: isNumber, tau: nullable(isNumber) }),
  }),
  told: object({ options: isObject, lost: whole(0, 1e9), timings: (value) => isObject(value) && Object.values(value).every(isNumber) }),
  isMixed: maybe(only(true)),
});

/** What is taken of a picture; what else stands there is passed over. */
export const PICTURE: Record<keyof Told, Check> = {
  name: (value) => isText(value) && String(value).length <= 1000,
  file: isText,
  type: isText,
  modified: maybe(whole(0, 8.64e15)),
  width: maybe(whole(1, 2 ** 31)),
  height: maybe(whole(1, 2 ** 31)),
  notes: maybe(list(isText, 100)),
  settings: isSettings,
  isDone: maybe((value) => typeof value === 'boolean'),
  at: maybe(whole(0, 1e9)),
  drawn: maybe(list(isDrawn)),
  sheet: maybe(isText),
};

export const isProject: Check = object({
  classes: list(isClass),
  gone: list(isClass),
  settings: isSettings,
  active: maybe(whole(0, 1e6)),
  pictures: list(object(PICTURE)),
});
