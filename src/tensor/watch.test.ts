import { describe, expect, it } from 'vitest';
import { breathe, inBands, pause, stopwatch, untilAborted } from './watch.ts';

/** Holds the thread for longer than it may be held. */
const work = (): void => {
  for (const start = performance.now(); performance.now() - start < 30; );
};

/** Whether other work had its turn since. */
const other = (): (() => boolean) => {
  let ran = false;
  setImmediate(() => {
    ran = true;
  });
  return () => ran;
};

describe('pause', () => {
  it('lets other work have its turn where the thread was held for long, and not after every piece', async () => {
    work();
    const first = other();
    await pause({});
    expect(first()).toBe(true);
    const second = other();
    await pause({});
    expect(second()).toBe(false); // the turn was a moment ago
  });

  it('stops before it, and for an abort that comes while others have their turn', async () => {
    await expect(pause({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    const stop = new AbortController();
    work();
    setImmediate(() => stop.abort(new Error('meanwhile')));
    await expect(pause({ signal: stop.signal })).rejects.toThrow('meanwhile');
  });
});

describe('breathe', () => {
  it('tells how far it is before it pauses', async () => {
    const told: unknown[] = [];
    await breathe({ onProgress: (...of) => told.push(of) }, 'cut', 2, 5);
    expect(told).toEqual([['cut', 2, 5]]);
  });
});

describe('inBands', () => {
  it('works all of it in order, in bands of the size, and pauses between them', async () => {
    const bands: number[][] = [];
    await inBands(10, 4, {}, (from, to) => bands.push([from, to]));
    expect(bands).toEqual([
      [0, 4],
      [4, 8],
      [8, 10],
    ]);
    await inBands(0, 4, {}, () => bands.push([]));
    expect(bands).toHaveLength(3);
    const stop = new AbortController();
    await expect(inBands(10, 4, { signal: stop.signal }, () => stop.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('stopwatch', () => {
  it('writes down the stages in order, and takes the inner ones off the outer', async () => {
    const timings: Record<string, number> = {};
    const timed = stopwatch(timings, undefined);
    expect(await timed('first', () => 3)).toBe(3);
    await timed('outer', async () => {
      await timed('inner', work);
      await timed('other', work);
    });
    await timed('last', work);
    expect(Object.keys(timings)).toEqual(['first', 'inner', 'other', 'outer', 'last']);
    for (const name of ['inner', 'other', 'last']) expect(timings[name]).toBeGreaterThanOrEqual(29);
    expect(timings.outer).toBeGreaterThanOrEqual(0);
    expect(timings.outer).toBeLessThan(timings.inner); // nothing of its own
  });

  it('begins no stage after an abort', async () => {
    const timed = stopwatch({}, AbortSignal.abort(new Error('enough')));
    await expect(timed('never', () => expect.unreachable())).rejects.toThrow('enough');
  });
});

describe('untilAborted', () => {
  it('gives what the work gives, or fails as it fails, and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    const gone: string[] = [];
    signal.removeEventListener = (type: string) => void gone.push(type);
    expect(await untilAborted(Promise.resolve(5), signal)).toBe(5);
    await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
    expect(await untilAborted(Promise.resolve(6), undefined)).toBe(6);
    await new Promise((resolve) => setImmediate(resolve));
    expect(gone).toEqual(['abort', 'abort']);
  });

  it('gives the reason as soon as there is one, whatever the work does', async () => {
    const stop = new AbortController();
    const waiting = untilAborted(new Promise(() => {}), stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(untilAborted(new Promise(() => {}), AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });
});
