import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer, Request } from '../worker/wire.ts';
import { BEHIND, createBridge, isVoid } from './bridge.ts';

/** A worker that does nothing by itself. */
class FakeWorker {
  onmessage: ((event: { data: Answer }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  isEnded = false;
  readonly asked: { call: string; id: number; args: unknown }[] = [];
  readonly aborted: number[] = [];
  postMessage(request: Request): void {
    if ('abort' in request) this.aborted.push(request.abort);
    else this.asked.push(request);
  }
  terminate(): void {
    this.isEnded = true;
  }
  get names(): string[] {
    return this.asked.filter(({ call }) => call !== 'ping').map(({ call }) => call);
  }
  answer(value: unknown, at = -1): void {
    const { id } = this.asked.filter(({ call }) => call !== 'ping').at(at) as { id: number };
    this.onmessage?.({ data: { id, value } });
  }
  crash(message = 'boom'): void {
    this.onerror?.({ message, preventDefault: () => {} });
  }
}

let workers: FakeWorker[];
const bridgeOf = () => {
  const events: string[] = [];
  const bridge = createBridge(
    () => {
      workers.push(new FakeWorker());
      return workers[workers.length - 1] as unknown as Worker;
    },
    (event) => events.push(event),
  );
  return { bridge, events };
};
const last = (): FakeWorker => workers[workers.length - 1];

beforeEach(() => {
  workers = [];
  vi.useFakeTimers();
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('ImageBitmap', class {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ready = { id: 'a', classes: [] };

describe('the bridge', () => {
  it('answers short calls at once, and long ones one at a time, the urgent first', async () => {
    const { bridge } = bridgeOf();
    const first = bridge.call('ready', ready, { priority: 2 });
    const second = bridge.call('ready', ready, { priority: 2 });
    const urgent = bridge.call('ready', { ...ready, id: 'urgent' }, { priority: 0 });
    const short = bridge.call('kept', undefined);
    expect(last().names).toEqual(['ready', 'kept']);
    last().answer([]);
    expect(await short).toEqual([]);
    last().answer('first', 0);
    expect(await first).toBe('first');
    expect(last().asked.at(-1)?.args).toMatchObject({ id: 'urgent' });
    last().answer('urgent');
    last().answer('second');
    expect(await Promise.all([second, urgent])).toEqual(['second', 'urgent']);
  });

  it('begins nothing in the background while there is other work or it is held, and nothing waits for it', async () => {
    const { bridge } = bridgeOf();
    const behind = (id: string) => bridge.call('ready', { ...ready, id }, { priority: BEHIND });
    const asked = () => last().asked.map(({ args }) => (args as { id: string }).id);
    const all = [behind('first'), behind('second'), bridge.call('settle', { ...ready, id: 'front', settings: {} })];
    expect(asked()).toEqual(['first', 'front']);
    last().answer('first', 0);
    await all[0];
    expect(asked()).toEqual(['first', 'front']);
    bridge.hold(true);
    last().answer('front');
    await all[2];
    expect(asked()).toEqual(['first', 'front']);
    bridge.hold(false);
    expect(asked()).toEqual(['first', 'front', 'second']);
    last().answer('second');
    expect(await Promise.all(all)).toEqual(['first', 'second', 'front']);
  });

  it('answers of calls with one key only the latest', async () => {
    const { bridge } = bridgeOf();
    const first = bridge.call('show', { id: 'a' }, { key: 'show' });
    const second = bridge.call('show', { id: 'b' }, { key: 'show' });
    const error = await first.catch((reason) => reason);
    expect(isVoid(error)).toBe(true);
    expect(last().aborted).toEqual([last().asked[0].id]);
    last().answer('late', 0);
    last().answer('in time', 1);
    expect(await second).toBe('in time');
  });

  it('asks again after a crash, once: what was sent, in a new worker, and each only once there', async () => {
    const { bridge, events } = bridgeOf();
    const long = bridge.call('ready', ready);
    const waiting = bridge.call('ready', { ...ready, id: 'b' });
    const short = bridge.call('kept', undefined);
    const [old] = workers;
    old.crash();
    expect(events).toEqual(['restarted']);
    expect(old.isEnded).toBe(true);
    expect(workers).toHaveLength(2);
    expect(last().names.sort()).toEqual(['kept', 'ready']);
    old.onmessage?.({ data: { id: 1, value: 'of before' } });
    last().answer('regions', 1);
    last().answer([], 0);
    last().answer('others');
    expect(await Promise.all([long, waiting, short])).toEqual(['regions', 'others', []]);
  });

  it('gives up what brings a second worker down too, and what may have been done already', async () => {
    const { bridge, events } = bridgeOf();
    const deadly = bridge.call('ready', ready);
    const edit = bridge.call('edit', { id: 'a', edit: { kind: 'merge', ids: [1, 2] }, classes: [] });
    const told = Promise.all([deadly, edit].map((call) => call.catch(({ message, code }) => [message, code])));
    last().crash('out of memory');
    expect(last().names).toEqual(['ready']);
    last().crash('out of memory');
    expect(await told).toEqual(Array(2).fill([expect.stringMatching(/stopped before this was done \(out of memory\)/), 'E_WORKER']));
    expect(events).toEqual(['restarted', 'restarted']);
    expect(workers).toHaveLength(2); // none before something is asked
  });

  it('ends a worker that gives no sign of life while it has something to do', async () => {
    const { bridge, events } = bridgeOf();
    const call = bridge.call('kept', undefined);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(events).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(events).toEqual(['restarted']);
    last().answer(['kept']);
    expect(await call).toEqual(['kept']);
  });

  it('lets one live that answers, that has nothing to do, or that nobody looks at', async () => {
    const { bridge, events } = bridgeOf();
    const call = bridge.call('ready', ready);
    for (let i = 0; i < 20; i++) {
      await vi.advanceTimersByTimeAsync(3_000);
      last().onmessage?.({ data: { id: 1, progress: ['encode', i, 20] } });
    }
    vi.stubGlobal('document', { hidden: true });
    await vi.advanceTimersByTimeAsync(600_000);
    vi.stubGlobal('document', { hidden: false });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(events).toEqual([]);
    last().answer('regions');
    expect(await call).toBe('regions');
    await vi.advanceTimersByTimeAsync(600_000);
    expect(events).toEqual([]);
    const late = bridge.call('kept', undefined);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(events).toEqual([]);
    last().answer([]);
    expect(await late).toEqual([]);
  });

  it('knows whether something is on its way that is not kept yet', async () => {
    const { bridge } = bridgeOf();
    const shown = bridge.call('ready', ready);
    expect(bridge.isKeeping()).toBe(false);
    const redone = bridge.call('redo', ready);
    expect(bridge.isKeeping()).toBe(true);
    last().answer('redone');
    last().answer('shown', 0);
    expect([await redone, await shown]).toEqual(['redone', 'shown']);
    expect(bridge.isKeeping()).toBe(false);
  });

  it('says when all is kept, and is silent once it is ended', async () => {
    const { bridge } = bridgeOf();
    const told: string[] = [];
    await bridge.kept();
    const undone = bridge.call('undo', ready);
    const kept = bridge.kept().then(() => told.push('kept'));
    await Promise.resolve();
    expect(told).toEqual([]);
    last().answer('undone');
    await Promise.all([undone, kept]);
    bridge.call('ready', ready).then(
      () => told.push('answered'),
      () => told.push('refused'),
    );
    void bridge.call('redo', ready);
    bridge.end();
    expect([bridge.isKeeping(), last().isEnded]).toEqual([false, true]);
    bridge.call('undo', ready).then(
      () => told.push('answered'),
      () => told.push('refused'),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect([told, workers.length]).toEqual([['kept'], 1]);
  });
});
