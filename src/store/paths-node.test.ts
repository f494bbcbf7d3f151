import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelFolder, ownCache } from './paths-node.ts';

const home = (...parts: string[]): string => join(homedir(), ...parts);

describe('our own cache', () => {
  it.each([
    [{ DIFFCUT_CACHE: '/own', XDG_CACHE_HOME: '/xdg' }, 'linux', '/own'],
    [{ DIFFCUT_CACHE: `$DATA/\${WHAT}`, DATA: '/data', WHAT: 'own' }, 'linux', '/data/own'],
    [{ DIFFCUT_CACHE: '/a/%DATA%/$UNKNOWN', DATA: 'b' }, 'linux', '/a/%DATA%/$UNKNOWN'],
    [{ DIFFCUT_CACHE: '/a/%DATA%', DATA: 'b' }, 'win32', '/a/b'],
    [{ XDG_CACHE_HOME: '/xdg' }, 'linux', join('/xdg', 'diffcut')],
    [{}, 'linux', home('.cache', 'diffcut')],
    [{}, 'darwin', home('Library', 'Caches', 'diffcut')],
    [{ LOCALAPPDATA: '/local' }, 'win32', join('/local', 'diffcut')],
    [{}, 'win32', home('AppData', 'Local', 'diffcut')],
  ] as const)('%j on %s is %s', (env, system, wanted) => {
    expect(ownCache(env, system)).toBe(wanted);
  });
});

describe("a model's folder", () => {
  it('lies in the cache under a name that every system takes', () => {
    expect(modelFolder('sd-1.5', '/own')).toBe(join('/own', 'models', 'sd-1.5'));
    for (const name of ['', '../x', 'a/b', '.hidden', 'a b']) expect(() => modelFolder(name, '/own')).toThrow(/the name of a model/);
  });
});
