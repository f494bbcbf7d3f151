import { describe, expect, it } from 'vitest';
import { inFront, standingBack } from './precedence.ts';

const { signal } = new AbortController();

/** A drawing that ends when it is told to, or aborted. */
const drawing = () => {
  const begun: AbortSignal[] = [];
  let end = (_: string): void => {};
  const draw = (own: AbortSignal): Promise<string> => {
    begun.push(own);
    return new Promise((resolve, reject) => {
      end = resolve;
      own.addEventListener('abort', () => reject(own.reason));
    });
  };
  return { begun, draw, end: (value: string) => end(value) };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a drawing in the background', () => {
  it('stops for one that is waited for, and is begun anew after it', async () => {
    const [back, front] = [drawing(), drawing()];
    const drawn = standingBack('a', signal, back.draw);
    await turn();
    const first = inFront('b', signal, front.draw);
    await turn();
    expect([back.begun.length, back.begun[0].aborted, front.begun.length]).toEqual([1, true, 1]);
    const other = drawing();
    const late = standingBack('c', signal, other.draw);
    await turn();
    expect(other.begun).toEqual([]);
    front.end('front');
    expect(await first).toBe('front');
    await turn();
    expect([back.begun.length, other.begun.length]).toEqual([2, 1]);
    back.end('back');
    other.end('late');
    expect(await Promise.all([drawn, late])).toEqual(['back', 'late']);
  });

  it('goes on where the picture itself is waited for, which may wait for it', async () => {
    const [back, front] = [drawing(), drawing()];
    const drawn = standingBack('a', signal, back.draw);
    await turn();
    const first = inFront('a', signal, front.draw);
    await turn();
    expect(back.begun[0].aborted).toBe(false);
    back.end('back');
    front.end('front');
    expect(await Promise.all([drawn, first])).toEqual(['back', 'front']);
  });

  it('ends with its signal, drawn or waiting, and with its own errors', async () => {
    const [stop, late] = [new AbortController(), new AbortController()];
    const drawn = standingBack('a', stop.signal, drawing().draw);
    await turn();
    stop.abort(new Error('enough'));
    await expect(drawn).rejects.toThrow('enough');
    const front = drawing();
    const first = inFront('b', signal, front.draw);
    const waiting = standingBack('a', late.signal, drawing().draw);
    late.abort(new Error('not any more'));
    await expect(waiting).rejects.toThrow('not any more');
    front.end('front');
    await first;
    await expect(standingBack('a', signal, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
