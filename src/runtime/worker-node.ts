/**
 * Node's worker is a process, not a thread of this one: a thread that is stopped, or whose process ends, while
 * onnxruntime computes in it takes the whole process down ("terminate called after throwing an instance of
 * 'Napi::Error'", onnxruntime-node 1.30). A process can be stopped, gives its memory back at once, and where memory
 * runs out it is the one that ends.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import { assetUrl } from './assets.ts';
import type { Request, StartWorker } from './worker.ts';

/** Beside the sources, which vitest runs, there is no such file, since Node 20 loads no TypeScript; nor is it in a bundle. */
const besideUs = (): URL | undefined => {
  const here: string | undefined = import.meta.url; // none in a CommonJS bundle
  return here === undefined ? undefined : new URL('./worker-entry-node.js', here);
};

/** What a worker runs: the application's own (setAssets), or the package's; undefined where there is none. */
const entry = (): string | undefined =>
  [assetUrl('worker.js'), besideUs()].flatMap((url) => (url?.protocol === 'file:' ? [fileURLToPath(url)] : [])).find((path) => existsSync(path));

/** Yes in the built package. */
export const isWorkerUsual = (): boolean => entry() !== undefined;

/** Bytes that cross at once. */
const PIECE = 2 ** 26;

/** What crosses: Blobs do not, and go before their request in pieces. */
export type Crossing = Request | { kind: 'piece'; path: string; bytes: Uint8Array };

const inPieces = async function* (request: Request): AsyncGenerator<Crossing> {
  if (request.kind !== 'open' || !request.model.weightsFiles) return yield request;
  const { weightsFiles, ...model } = request.model;
  for (const { path, data } of weightsFiles)
    for (let at = 0; at < Math.max(1, data.size); at += PIECE)
      yield { kind: 'piece', path, bytes: new Uint8Array(await data.slice(at, at + PIECE).arrayBuffer()) };
  yield { ...request, model };
};

export const startWorker: StartWorker = (answered, ended) => {
  const path = entry();
  if (path === undefined)
    throw new InputError('There is no file for a worker here: leave worker out, or bundle diffcut/worker as worker.js into the folder of setAssets', {
      code: 'E_OPTION',
    });
  const child = fork(path, { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = once(child, 'exit').catch(() => {}); // what could not be started is told as an error
  const kill = (): boolean => child.kill('SIGKILL');
  let isOver = false;
  const over = (reason: string): void => {
    kill(); // where it is only out of reach
    if (!isOver) ended(reason);
    isOver = true;
  };
  child.on('message', (answer) => isOver || answered(answer as never));
  child.once('exit', (code, signal) => over(signal ?? `code ${code}`));
  child.on('error', ({ message }) => over(message));
  const send = (content: Crossing): Promise<void> =>
    new Promise((resolve, reject) => {
      child.send(content, (error) => (error ? reject(error) : resolve()));
    });
  const sendAll = async (request: Request): Promise<void> => {
    for await (const content of inPieces(request)) if (!isOver) await send(content);
  };
  return {
    post: (request) => void sendAll(request).catch(({ message }: Error) => over(message)),
    hold(isAwaited) {
      for (const held of [child, child.channel]) isAwaited ? held?.ref() : held?.unref();
      process[isAwaited ? 'on' : 'off']('exit', kill); // what it computes then is for nobody
    },
    async end() {
      isOver = true;
      if (!kill()) return;
      child.ref();
      await gone;
    },
  };
};
