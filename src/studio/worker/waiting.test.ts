import { describe, expect, it } from 'vitest';
import { stopLast, stoppable } from './waiting.ts';
import type { Context } from './wire.ts';

const contextOf = (signal = new AbortController().signal): Context => ({ signal, onProgress: () => {}, transfer: () => {} });

/** Goes on until it is let go, or aborted. */
const slow = () => {
  let letGo = (_: string): void => {};
  const run = stoppable(
    ({ id: _ }: { id: string }, { signal }: Context) =>
      new Promise<string>((resolve, reject) => {
        letGo = resolve;
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  return { run, letGo: (value: string) => letGo(value) };
};

describe('a change that waits', () => {
  it('is stopped, the last one first, each once, and of its own picture', async () => {
    const { run } = slow();
    const [first, second, other] = ['a', 'a', 'b'].map((id) => run({ id }, contextOf()));
    expect(await stopLast('a')).toBe(true);
    await expect(second).rejects.toThrow(/abort/i);
    expect(await stopLast('a')).toBe(true);
    await expect(first).rejects.toThrow(/abort/i);
    expect(await stopLast('a')).toBe(false);
    expect(await stopLast('b')).toBe(true);
    await expect(other).rejects.toThrow(/abort/i);
  });

  it('that is done, or is done nonetheless, is not stopped', async () => {
    const { run, letGo } = slow();
    const done = run({ id: 'a' }, contextOf());
    letGo('done');
    expect(await done).toBe('done');
    expect(await stopLast('a')).toBe(false);
    const deaf = stoppable(async (_: { id: string }) => 'done');
    const answer = deaf({ id: 'a' }, contextOf());
    expect(await stopLast('a')).toBe(false);
    expect(await answer).toBe('done');
  });

  it('ends by the signal of whoever asked, too', async () => {
    const asker = new AbortController();
    const answer = slow().run({ id: 'a' }, contextOf(asker.signal));
    asker.abort();
    await expect(answer).rejects.toThrow(/abort/i);
    expect(await stopLast('a')).toBe(false);
  });
});
