import { describe, expect, it } from 'vitest';
import { breathe } from './watch.ts';

describe('breathe', () => {
  it('tells how far it is, then lets timers run', async () => {
    const told: unknown[] = [];
    let ran = false;
    setTimeout(() => {
      ran = true;
    }, 0);
    await breathe({ onProgress: (...of) => told.push(of) }, 'cut', 2, 5);
    expect(told).toEqual([['cut', 2, 5]]);
    expect(ran).toBe(true);
  });

  it('does not wait where nobody watches', async () => {
    let ran = false;
    const timer = setTimeout(() => {
      ran = true;
    }, 0);
    await breathe({}, 'cut', 0, 1);
    expect(ran).toBe(false);
    clearTimeout(timer);
  });

  it('stops before it, and for an abort that comes while others have their turn', async () => {
    await expect(breathe({ signal: AbortSignal.abort(new Error('before')) }, 'cut', 0, 1)).rejects.toThrow('before');
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('meanwhile')), 0);
    await expect(breathe({ signal: stop.signal }, 'cut', 0, 1)).rejects.toThrow('meanwhile');
  });
});
