import { describe, expect, it, vi } from 'vitest';
import { shared, type Watch } from './shared.ts';

const watcher = () => {
  const stop = new AbortController();
  const watch: Watch = { signal: stop.signal, onProgress: vi.fn() };
  return { stop, watch };
};

/** Work that is done when it is told, and stops when its signal says so. */
const held = () => {
  let settle = (_value: string): void => {};
  let given: Watch | undefined;
  const begin = vi.fn((watch: Watch): Promise<string> => {
    given = watch;
    return new Promise((resolve, reject) => {
      settle = resolve;
      watch.signal.addEventListener('abort', () => reject(watch.signal.reason));
    });
  });
  return { begin, finish: (value: string) => settle(value), watch: () => given as Watch };
};

describe('shared work', () => {
  it('is done once for all, who are told how far it is', async () => {
    const { begin, finish, watch } = held();
    const work = shared(begin);
    const [a, b] = [watcher(), watcher()];
    const both = Promise.all([work.join(a.watch), work.join(b.watch)]);
    watch().onProgress('encode', 1, 2);
    finish('done');
    expect(await both).toEqual(['done', 'done']);
    expect(await work.join(watcher().watch)).toBe('done');
    expect(begin).toHaveBeenCalledTimes(1);
    for (const { watch: one } of [a, b]) expect(one.onProgress).toHaveBeenCalledWith('encode', 1, 2);
  });

  it('goes on for those who still wait', async () => {
    const { begin, finish } = held();
    const work = shared(begin);
    const [a, b] = [watcher(), watcher()];
    const first = work.join(a.watch);
    const second = work.join(b.watch);
    a.stop.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect(work.isVoid).toBe(false);
    finish('done');
    expect(await second).toBe('done');
  });

  it('stops with the last of them', async () => {
    const { begin } = held();
    const work = shared(begin);
    const [a, b] = [watcher(), watcher()];
    const both = Promise.allSettled([work.join(a.watch), work.join(b.watch)]);
    a.stop.abort();
    expect(work.isVoid).toBe(false);
    b.stop.abort();
    expect(work.isVoid).toBe(true);
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('is not stopped by who joins and leaves once it is done, nor by who never waited', async () => {
    const { begin, finish } = held();
    const work = shared(begin);
    const first = work.join(watcher().watch);
    finish('done');
    await first;
    const late = watcher();
    late.stop.abort();
    await expect(work.join(late.watch)).rejects.toMatchObject({ name: 'AbortError' });
    expect(work.isVoid).toBe(false);
    expect(await work.join(watcher().watch)).toBe('done');
  });

  it('fails for all', async () => {
    const work = shared(() => Promise.reject(new Error('broken')));
    const both = await Promise.allSettled([work.join(watcher().watch), work.join(watcher().watch)]);
    expect(both).toEqual(both.map(() => ({ status: 'rejected', reason: new Error('broken') })));
    expect(work.isVoid).toBe(true);
  });
});
