/** Where a pulled file's weights are from, as its header tells. */
import { badModel } from '../errors.ts';
import { isObject, jsonObject } from '../json.ts';
import type { ModelOrigin } from './pulled.ts';

type Metadata = Readonly<Record<string, string>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isMaybeText = (value: unknown): value is string | undefined => value === undefined || isText(value);

const originOf = (value: unknown): ModelOrigin | undefined => {
  if (!isObject(value)) return undefined;
  const { repo, revision, commit, from, files, checked = [] } = value;
  if (!isText(repo) || !isText(revision) || !isMaybeText(commit) || !isMaybeText(from) || !isObject(files) || !Array.isArray(checked))
    return undefined;
  const told = Object.keys(files).map((path) => ({ path, checked: checked.includes(path) }));
  return { repo, revision, files: told, ...(commit !== undefined && { commit }), ...(from !== undefined && { from }) };
};

/**
 * By the sources' names; none where the header says nothing of them.
 * @param path of the file, for messages
 * @throws InputError for what no pull writes
 */
export const originsIn = ({ sources }: Metadata, path: string): Record<string, ModelOrigin> => {
  if (sources === undefined) return {};
  const name = `What ${JSON.stringify(path)} tells of its sources`;
  return Object.fromEntries(
    Object.entries(jsonObject(sources, name)).map(([source, value]) => {
      const origin = originOf(value);
      if (!origin) throw badModel(`${name} is not what a pull writes: get the model again`);
      return [source, origin];
    }),
  );
};

/** The files that were held against the hub's SHA-256. */
export const checkedIn = (metadata: Metadata, path: string): { source: string; path: string }[] =>
  Object.entries(originsIn(metadata, path)).flatMap(([source, { files }]) =>
    files.flatMap((file) => (file.checked ? [{ source, path: file.path }] : [])),
  );
