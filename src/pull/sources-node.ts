/** The repositories of a pull, and what was opened of each. */
import { join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { type LocatedSource, openRepository, type Repository, type RepositoryOptions } from '../hub/repository-node.ts';
import { isFolder } from '../system-errors-node.ts';

export interface SourcesOptions extends Omit<RepositoryOptions, 'repo' | 'revision'> {
  /** Repositories by name; `from` holds the first one's files, and `<from>/<name>` those of another `org/name`. */
  sources: Readonly<Record<string, { repo: string; revision: string }>>;
}

interface OpenedSource {
  repo: string;
  revision: string;
  files: Repository;
  /** What was opened, by path. */
  used: Map<string, LocatedSource>;
  from?: string;
}

/** @throws InputError where `from` is no folder */
export const openSources = async (options: SourcesOptions): Promise<Sources> => {
  const { sources, ...rest } = options;
  const from = options.from === undefined ? undefined : resolve(options.from);
  if (from !== undefined && !(await isFolder(from))) {
    throw new InputError(`${JSON.stringify(from)} is not a folder: give --from the folder that holds the model`, { code: 'E_FILE' });
  }
  const folderOf = async (repo: string, index: number): Promise<string | undefined> => {
    if (from === undefined || index === 0) return from;
    const inside = join(from, repo.split('/').at(-1) ?? '');
    return (await isFolder(inside)) ? inside : undefined;
  };
  const opened = new Map<string, OpenedSource>();
  for (const [index, [name, { repo, revision }]] of Object.entries(sources).entries()) {
    const own = await folderOf(repo, index);
    const repository = openRepository({ ...rest, repo, revision, from: own });
    const used = new Map<string, LocatedSource>();
    const open = async (path: string): Promise<LocatedSource | undefined> => {
      const source = used.get(path) ?? (await repository.open(path));
      if (source) used.set(path, source);
      return source;
    };
    opened.set(name, { repo, revision, files: { ...repository, open }, used, from: own });
  }
  return opened;
};

export type Sources = ReadonlyMap<string, OpenedSource>;

/** @throws Error for a name that the request has not: a plan's mistake */
export const sourceOf = (sources: Sources, name: string): Repository => {
  const found = sources.get(name);
  if (!found) throw new Error(`no source "${name}": ${[...sources.keys()].join(', ')}`);
  return found.files;
};

/** A file of a source. */
export interface SourceFile {
  source: string;
  path: string;
}

/**
 * JSON for our file's header: by name `{ repo, revision, commit?, from?, files: { path: identity }, checked: [path] }`.
 * @param checked files whose bytes are held against the hub's SHA-256 before our file gets its name
 */
export const describeSources = (sources: Sources, checked: readonly SourceFile[]): string =>
  JSON.stringify(
    Object.fromEntries(
      [...sources].map(([name, { repo, revision, used, from }]) => {
        const commit = [...used.values()].find((source) => source.commit)?.commit;
        const files = Object.fromEntries([...used].map(([path, source]) => [path, source.identity]));
        return [name, { repo, revision, commit, from, files, checked: checked.flatMap(({ source, path }) => (source === name ? [path] : [])) }];
      }),
    ),
  );
