/** Where our own cache is on this machine, by the environment, and where a model lies in it. */
import { homedir, platform } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { expected } from '../errors.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first of the variables that is set and not empty. */
export const first = (env: Environment, ...names: string[]): string | undefined => names.map((name) => env[name]?.trim()).find(Boolean);

/** `$NAME`, `${NAME}` and, on Windows, `%NAME%`, as in Python's expandvars: unknown ones stay. */
const VARIABLE = /\$(\w+)|\$\{([^}]*)\}|%([^%]*)%/gi;

/** An absolute path; `~` is the home folder, and variables are replaced, as huggingface_hub has it: expandvars(expanduser(path)). */
export const folderAt = (path: string, env: Environment = process.env, system: NodeJS.Platform = platform()): string => {
  const home = path === '~' || path.startsWith('~/') || path.startsWith('~\\') ? join(homedir(), path.slice(1)) : path;
  const full = home.replace(VARIABLE, (all: string, plain?: string, braced?: string, percent?: string) =>
    percent !== undefined && system !== 'win32' ? all : (env[plain ?? braced ?? percent ?? ''] ?? all),
  );
  return isAbsolute(full) ? full : resolve(full);
};

/** Our own cache folder: DIFFCUT_CACHE, else the platform's place for caches. */
export const ownCache = (env: Environment = process.env, system: NodeJS.Platform = platform()): string => {
  const given = first(env, 'DIFFCUT_CACHE');
  if (given) return folderAt(given, env, system);
  const xdg = first(env, 'XDG_CACHE_HOME');
  if (xdg) return join(folderAt(xdg, env, system), 'diffcut');
  if (system === 'win32') return join(folderAt(first(env, 'LOCALAPPDATA') ?? '~/AppData/Local', env, system), 'diffcut');
  return folderAt(system === 'darwin' ? '~/Library/Caches/diffcut' : '~/.cache/diffcut');
};

/** A model's folder in our own cache. @throws InputError unless the name can be the name of a folder on every system */
export const modelFolder = (name: string, cache: string): string => {
  if (typeof name !== 'string' || !/^[a-z0-9][\w.-]*$/i.test(name)) throw expected('letters, digits, ".", "-" and "_"', 'the name of a model', name);
  return join(cache, 'models', name);
};

/** The finished file of a model's folder. */
export const weightsOf = (folder: string): string => join(folder, 'weights.safetensors');
