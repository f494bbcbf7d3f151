import { describe, expect, it } from 'vitest';
import { eachPicture } from './each-picture.ts';

describe('eachPicture, several begun at a time', () => {
  const items = ['a', 'b', 'c', 'd', 'e'].map((id, place) => ({ id, at: place, imagePath: '', maskPaths: [], values: [] }));
  /** Measures that end when they are told to. */
  const begin = () => {
    const begun: string[] = [];
    const ends = new Map<string, { resolve(value: string): void; reject(error: Error): void }>();
    const measure = ({ id }: { id: string }) =>
      new Promise<string>((resolve, reject) => {
        begun.push(id);
        ends.set(id, { resolve, reject });
      });
    return { begun, measure, end: (id: string) => ends.get(id)?.resolve(id), fail: (id: string) => ends.get(id)?.reject(new Error(`no ${id}`)) };
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('keeps and takes in the set’s order, whoever is done first, and begins no more than it is told to', async () => {
    const { begun, measure, end, fail } = begin();
    const told: string[] = [];
    const work = eachPicture<string, string>(items, {
      measure,
      ahead: 3,
      keep: (id) => {
        told.push(`keep ${id}`);
        return id;
      },
      lose: ({ id }) => void told.push(`lose ${id}`),
      take: (id) => told.push(`take ${id}`),
    });
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
    fail('b');
    end('c');
    await turn();
    expect([begun.length, told]).toEqual([3, []]);
    end('a');
    await turn();
    for (const id of ['e', 'd']) end(id);
    expect(await work).toEqual({ pictures: 4, resumed: 0, failed: [{ id: 'b', problem: 'no b' }] });
    expect(told).toEqual(['keep a', 'take a', 'lose b', 'keep c', 'take c', 'keep d', 'take d', 'keep e', 'take e']);
  });

  it('is done with what was begun when it is aborted, or when nothing can be kept', async () => {
    const { measure, end, fail } = begin();
    const control = new AbortController();
    const kept: string[] = [];
    const pass = { measure, ahead: 2, take: () => {}, signal: control.signal };
    const work = eachPicture<string, string>(items, { ...pass, keep: (id) => id, onPicture: (_done, _total, id) => void kept.push(id) });
    await turn();
    end('a');
    await turn();
    control.abort(new Error('enough'));
    for (const id of ['b', 'c']) fail(id);
    await expect(work).rejects.toThrow('enough');
    expect(kept).toEqual(['a']);
    const full = begin();
    const other = eachPicture<string, string>(items, { ...full, ahead: 2, take: () => {}, keep: () => Promise.reject(new Error('no space left')) });
    await turn();
    full.end('a');
    full.fail('b');
    await expect(other).rejects.toThrow('no space left');
  });
});
