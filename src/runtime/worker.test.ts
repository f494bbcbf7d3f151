/** Both ends of the line on one thread, for what does not hang on what the line is. Real workers: test/runtimes/. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.ts';
import type { OpenSession, Session } from './session.ts';
import { type Answer, inWorker, type Request, type StartWorker, serveSessions } from './worker.ts';

const MODEL = { bytes: new Uint8Array(4) };
const tensor = (value: number) => ({ x: { data: Float32Array.of(value), dims: [1] } });

/** Adds one; what is below 0 is never answered, nor is the opening with 14 threads. */
const addOne: OpenSession = async (_model, { threads }): Promise<Session> => {
  if (threads === 14) await new Promise(() => {});
  if (threads === 13) throw new InputError('no such model', { cause: new TypeError('of 13') });
  return {
    device: 'cpu',
    inputs: [{ name: 'x', type: 'float32', dims: [1] }],
    outputs: [],
    async run({ x }) {
      const value = Number(x.data[0]);
      if (value < 0) await new Promise(() => {});
      if (value === 13) throw new RangeError('not 13');
      return { y: { data: Float32Array.of(value + 1), dims: [1] } };
    },
    dispose: async () => {},
  };
};

interface Started {
  asked: Request['kind'][];
  held: boolean;
  ended: boolean;
  /** As where its memory runs out. */
  die(reason: string): void;
}

/** Workers of this thread; each message crosses as a copy, in a turn of its own. */
const workers = (): { start: StartWorker; started: Started[] } => {
  const started: Started[] = [];
  const start: StartWorker = (answered, ended) => {
    const self: Started = { asked: [], held: false, ended: false, die: ended };
    started.push(self);
    const reply = (answer: Answer): unknown => setImmediate(() => self.ended || answered(structuredClone(answer)));
    const serve = serveSessions(addOne, reply);
    return {
      post(request) {
        self.asked.push(request.kind);
        setImmediate(serve, structuredClone(request));
      },
      hold(isAwaited) {
        self.held = isAwaited;
      },
      async end() {
        self.ended = true;
      },
    };
  };
  return { start, started };
};

describe('sessions in a worker', () => {
  it('share it, are known as here, and end it with the last of them', async () => {
    const { start, started } = workers();
    const open = inWorker(start);
    const [a, b] = await Promise.all([open(MODEL, {}), open(MODEL, {})]);
    expect(a).toMatchObject({ device: 'cpu', inputs: [{ name: 'x', type: 'float32', dims: [1] }] });
    const outputs = await Promise.all([a.run(tensor(1)), b.run(tensor(2)), a.run(tensor(3))]);
    expect(outputs.map(({ y }) => y.data[0])).toEqual([2, 3, 4]);
    expect(started).toHaveLength(1);
    await a.dispose();
    expect(started[0]).toMatchObject({ ended: false, held: false });
    expect((await b.run(tensor(4))).y.data[0]).toBe(5);
    await b.dispose();
    expect(started[0]).toMatchObject({ ended: true, asked: ['open', 'open', 'run', 'run', 'run', 'dispose', 'run'] });
  });

  it('hold it while somebody waits, and no longer', async () => {
    const { start, started } = workers();
    const session = await inWorker(start)(MODEL, {});
    expect(started[0].held).toBe(false);
    const work = session.run(tensor(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(started[0].held).toBe(true);
    await work;
    expect(started[0].held).toBe(false);
  });

  it('give errors as they are: class, name, message and cause', async () => {
    const { start, started } = workers();
    const open = inWorker(start);
    const refused = await open(MODEL, { threads: 13 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputError);
    expect(refused).toMatchObject({ name: 'InputError', message: 'no such model', cause: { name: 'TypeError', message: 'of 13' } });
    expect(started[0].ended).toBe(true); // nobody has a session there
    const failed = await (await open(MODEL, {})).run(tensor(13)).catch((error: unknown) => error);
    expect(failed).not.toBeInstanceOf(InputError);
    expect(failed).toMatchObject({ name: 'RangeError', message: 'not 13' });
  });

  it('are opened again where their worker ended by itself', async () => {
    const { start, started } = workers();
    const session = await inWorker(start)(MODEL, {});
    const work = session.run(tensor(-1));
    await new Promise((resolve) => setImmediate(resolve));
    started[0].die('SIGKILL');
    await expect(work).rejects.toThrow(/^The worker that computes ended \(SIGKILL\), as it does where memory runs out: take a smaller size/);
    expect((await session.run(tensor(1))).y.data[0]).toBe(2);
    expect(started.map(({ asked }) => asked)).toEqual([
      ['open', 'run'],
      ['open', 'run'],
    ]);
  });
});

describe('a run that is aborted', () => {
  const reason = new Error('enough');

  it('is not begun where that was before', async () => {
    const { start, started } = workers();
    const session = await inWorker(start)(MODEL, {});
    await expect(session.run(tensor(1), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(started[0].asked).toEqual(['open']);
  });

  it('ends at once, and its worker a while later where it gives no answer; what waited is done by the next', async () => {
    const { start, started } = workers();
    const open = inWorker(start);
    const [a, b] = [await open(MODEL, {}), await open(MODEL, {})];
    const abort = new AbortController();
    const [first, second] = [a.run(tensor(-1), abort.signal), b.run(tensor(1))];
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(started.map(({ ended }) => ended)).toEqual([false]);
    expect((await second).y.data[0]).toBe(2);
    expect((await a.run(tensor(2))).y.data[0]).toBe(3);
    expect(started.map(({ ended }) => ended)).toEqual([true, false]);
  });

  it('is never asked where it still waited', async () => {
    const { start, started } = workers();
    const session = await inWorker(start)(MODEL, {});
    const abort = new AbortController();
    const works = [session.run(tensor(1)), session.run(tensor(-1), abort.signal), session.run(tensor(2))];
    abort.abort(reason);
    const settled = await Promise.allSettled(works);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(started).toHaveLength(1);
    expect(started[0].asked).toEqual(['open', 'run', 'run']);
  });

  it('ends an opening that gives no answer, with its worker', async () => {
    const { start, started } = workers();
    const open = inWorker(start);
    const abort = new AbortController();
    const opening = open(MODEL, { threads: 14 }, abort.signal);
    setImmediate(() => abort.abort(reason));
    await expect(opening).rejects.toThrow('the worker was stopped');
    expect(started).toMatchObject([{ asked: ['open'], ended: true }]);
    await expect(open(MODEL, {}, abort.signal)).rejects.toBe(reason);
    expect(started).toHaveLength(1);
    expect((await (await open(MODEL, {})).run(tensor(1))).y.data[0]).toBe(2);
  });

  it('of an opening is of that alone', async () => {
    const { start } = workers();
    const abort = new AbortController();
    const session = await inWorker(start)(MODEL, {}, abort.signal);
    abort.abort(reason);
    await expect(session.run(tensor(-1), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect((await session.run(tensor(1))).y.data[0]).toBe(2);
  });

  it('leaves the worker be where it answers in time', async () => {
    const { start, started } = workers();
    const session = await inWorker(start)(MODEL, {});
    const abort = new AbortController();
    const work = session.run(tensor(1), abort.signal);
    setImmediate(() => abort.abort(reason));
    await expect(work).rejects.toBe(reason);
    expect((await session.run(tensor(2))).y.data[0]).toBe(3);
    expect(started).toHaveLength(1);
  });
});
