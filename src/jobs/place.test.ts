/** What was there comes back where a move fails, or lies where the sentence says; and the sentence names the right output. */
import type * as Promises from 'node:fs/promises';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openStage, type Stage } from '../temporary-node.ts';
import { printOfNew } from './ledger-node.ts';
import { putInPlace, type Staged } from './place-node.ts';

/** Which calls of a name fail, by what they are given. */
const fault = vi.hoisted(() => ({ fails: (_name: string, _path: string, _to?: string): boolean => false }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof Promises>();
  const faulty =
    (name: 'rename' | 'stat' | 'link') =>
    async (...args: [string, string]): Promise<unknown> => {
      if (fault.fails(name, ...args)) throw Object.assign(new Error('EIO: made up'), { code: 'EIO', syscall: name });
      return (real[name] as (...args: unknown[]) => unknown)(...args);
    };
  return { ...real, rename: faulty('rename'), stat: faulty('stat'), link: faulty('link') };
});

let folder: string;
let stage: Stage;
const at = (...parts: string[]): string => join(folder, ...parts);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffcut-place-'));
  stage = await openStage(folder);
});
afterEach(async () => {
  fault.fails = () => false;
  stage.end();
  await rm(folder, { recursive: true });
});

const mark = { picture: { name: 'a.jpg' }, asked: {} };
const writing = { outputs: [], stem: 'a', mark, overwrite: true };
const NO_HASHES = new Map<string, string>();

const makeFolder = async (path: string, text: string) => {
  await mkdir(path);
  await writeFile(join(path, '000.png'), text);
  return printOfNew(path, NO_HASHES);
};
const stageFile = async (name: string, n: number): Promise<Staged> => {
  const temporary = join(stage.path, String(n));
  await writeFile(temporary, 'new');
  return { path: at(name), temporary, print: await printOfNew(temporary, NO_HASHES) };
};
const stageFolder = async (name: string, n: number): Promise<Staged> => {
  const temporary = join(stage.path, String(n));
  return { path: at(name), temporary, print: await makeFolder(temporary, 'new') };
};

it('keeps the old folder where the stage cannot be emptied, and says where', async () => {
  const old = await makeFolder(at('a.masks'), 'old');
  const staged = [await stageFolder('a.masks', 0), await stageFile('a.png', 1)];
  // the second output fails, and then the new folder does not go out of the old one's place
  const broken = [at('a.png'), join(stage.path, '0')];
  fault.fails = (name, from, to = '') => name !== 'stat' && broken.includes(to) && from !== at('a.png');
  const error: Error = await putInPlace(stage, staged, { ...writing, older: { 'a.masks': [old] } }).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  fault.fails = () => false;
  stage.end();
  const [, kept] =
    /^".*a\.png" could not be written: .*; not all could be put back as it was, and what is missing lies in "([^"]*)"$/.exec(error.message) ?? [];
  expect(await readFile(join(kept, 'aside', 'a.masks', '000.png'), 'utf8')).toBe('old');
  const later = await openStage(at('a.masks', '..'));
  later.end();
  expect(await readdir(folder)).toContain(basename(kept));
});

it('names the output that failed', async () => {
  const staged = [await stageFile('a.png', 0), await stageFile('a.json', 1)];
  fault.fails = (name, _, to) => ['rename', 'link'].includes(name) && to === at('a.png');
  await expect(putInPlace(stage, staged, writing)).rejects.toThrow(/a\.png" could not be written: its disk or network drive failed/);
});

it('takes away what is stale, whatever it is called', async () => {
  await writeFile(at('aside'), 'old');
  await writeFile(at('0'), 'old');
  const older = { aside: [await printOfNew(at('aside'), NO_HASHES)], 0: [await printOfNew(at('0'), NO_HASHES)] };
  await putInPlace(stage, [await stageFile('a.png', 0)], { ...writing, older });
  stage.end();
  expect((await readdir(folder)).sort()).toEqual(['.diffcut.jsonl', 'a.png']);
});
