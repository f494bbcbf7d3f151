/** Pulls that are killed, or paused for so long that another takes over: processes of the built package against a hub on the loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeHeader } from '../../../src/weights/safetensors.ts';
import { type FakeHub, noise, startHub } from '../../fake-hub.ts';
import { random } from '../../random.ts';
import { ROOT, requireBuild } from '../built.ts';

const KILLS = 12;
/** Four tensors, more than what is fetched between two entries of the journal. */
const TENSOR = 10 * 2 ** 20;
const BYTES = Buffer.concat([
  writeHeader(Array.from({ length: 4 }, (_, i) => [`t${i}`, { dtype: 'U8', shape: [TENSOR], bytes: TENSOR }] as const)),
  noise(4 * TENSOR),
]);
const TEXT = noise(3 * 2 ** 20, 2);

let hub: FakeHub;
let cache: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  requireBuild();
  cache = mkdtempSync(join(tmpdir(), 'diffcut killed '));
  hub = await startHub();
  hub.put('maker/model', 'model.safetensors', BYTES);
  hub.put('maker/model', 'text.safetensors', TEXT);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await hub.close();
  rmSync(cache, { recursive: true, force: true });
});

const partsOf = (name: string): string => pathToFileURL(join(ROOT, 'dist', name)).href;

/** Pulls all tensors in another order, and one computed from the other file; tells each step in a line. */
const pulling = (): string => `
  import { createHash } from 'node:crypto';
  import { readFileSync } from 'node:fs';
  import { pull } from ${JSON.stringify(partsOf('pull/pull-node.js'))};
  import { readHeader } from ${JSON.stringify(partsOf('weights/safetensors.js'))};
  const tell = (step) => process.stdout.write(step + '\\n');
  const plan = async (open) => {
    tell('plan');
    const source = await open('main').open('model.safetensors');
    const { tensors } = await readHeader(source);
    const some = ['t3', 't0', 't1', 't2'].map((name) => ({ name, source, ...tensors.get(name) }));
    const hash = { name: 'hash', dtype: 'U8', shape: [32], start: 0, end: 32 };
    return { tensors: [...some, hash], metadata: {}, whole: [{ source: 'main', path: 'text.safetensors' }] };
  };
  const finish = async ({ files }) => {
    tell('finish');
    const { path } = await files('main').open('text.safetensors');
    return { hash: createHash('sha256').update(readFileSync(path)).digest() };
  };
  await pull({
    name: 'killed', plan, finish, cache: ${JSON.stringify(cache)}, settings: ${JSON.stringify(hub.settings)},
    sources: { main: { repo: 'maker/model', revision: 'main' } },
    onProgress: (done) => tell('reached ' + done),
    seams: { rhythm: { beat: 40, silence: 400 } },
  }).then(() => tell('done'), (error) => tell(error.name + ': ' + error.message));`;

/** @param onStep what the pull told: sees each line as soon as it comes */
const start = (onStep: (step: string, child: ChildProcess) => void): ChildProcess => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', pulling()], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout! }).on('line', (line) => onStep(line, child));
  children.push(child);
  return child;
};
const ended = async (child: ChildProcess): Promise<void> =>
  void (child.exitCode === null && child.signalCode === null && (await once(child, 'exit')));

const folder = (...parts: string[]): string => join(cache, 'models', 'killed', ...parts);

const expectWhole = (): void => {
  expect(readdirSync(folder())).toEqual(['weights.safetensors']);
  const bytes = readFileSync(folder('weights.safetensors'));
  const data = bytes.subarray(bytes.length - 4 * TENSOR - 32);
  expect(Buffer.compare(data.subarray(0, 4 * TENSOR), BYTES.subarray(BYTES.length - 4 * TENSOR))).toBe(0);
};

it.skipIf(process.platform === 'win32')(`a pull that is killed ${KILLS} times is right in the end, and leaves nothing behind`, async () => {
  const next = random(11);
  const total = BYTES.length + TEXT.length;
  /** By bytes, and each other step once or twice. */
  const moments = Array.from({ length: KILLS }, (_, i) => (i === 3 ? 'plan' : i === 9 || i === 11 ? 'finish' : next() * total));
  let kills = 0;
  let first = 0;
  const isMoment = (step: string, moment: string | number): boolean =>
    typeof moment === 'string' ? step === moment : step.startsWith('reached ') && Number(step.slice(8)) >= moment;
  for (const moment of moments) {
    const child = start((step) => {
      if (isMoment(step, moment)) child.kill('SIGKILL');
    });
    await ended(child);
    if (child.signalCode === 'SIGKILL') kills++;
    expect(existsSync(folder('weights.safetensors'))).toBe(false);
  }
  expect(kills).toBe(KILLS);
  const steps: string[] = [];
  const last = start((step) => steps.push(step));
  await ended(last);
  expect(steps.at(-1)).toBe('done');
  first = Number(steps.find((step) => step.startsWith('reached '))?.slice(8));
  expect(first).toBeGreaterThan(TENSOR); // what the killed ones had saved was used
  expectWhole();
});

it.skipIf(process.platform === 'win32')('a pull that is paused while another takes over stops when it wakes, and spoils nothing', async () => {
  const told: string[] = [];
  const paused = start((step, child) => {
    if (told.push(step) && step.startsWith('reached ') && Number(step.slice(8)) > TENSOR && !told.includes('paused')) {
      child.kill('SIGSTOP');
      told.push('paused');
    }
  });
  while (!told.includes('paused')) await once(paused.stdout!, 'data');
  const steps: string[] = [];
  await ended(start((step) => steps.push(step)));
  expect(steps.at(-1)).toBe('done');
  expectWhole();
  paused.kill('SIGCONT');
  await ended(paused);
  expect(told.at(-1)).toMatch(/^InputError: A pull of killed was stopped, as another process took it over, since this one stood still for 0\.4 s/);
  expectWhole();
});
