/** The lane of this thread. Those of processes: test/many.test.ts, test/serve-load.test.ts. */
import { describe, expect, it } from 'vitest';
import type { Encoder } from '../index.ts';
import { lanesHere, type Work } from './lanes.ts';

const encoder = { name: 'none', encode: async () => {}, dispose: async () => Promise.reject(new Error('not ours')) } as unknown as Encoder;

describe('a lane in this thread', () => {
  it('does one task after the other, whatever became of the one before', async () => {
    const order: string[] = [];
    const work: Work<number, number> = async (task) => {
      order.push(`begin ${task}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`end ${task}`);
      if (task === 1) throw new Error('one');
      return 10 * task;
    };
    const lanes = lanesHere(work, encoder);
    const all = await Promise.allSettled([1, 2, 3].map((task) => lanes.run(task, { begin: () => order.push(`told ${task}`) })));
    expect(all.map((one) => ('value' in one ? one.value : one.reason.message))).toEqual(['one', 20, 30]);
    expect(order).toEqual([1, 2, 3].flatMap((task) => [`told ${task}`, `begin ${task}`, `end ${task}`]));
    await lanes.close(); // an encoder that was given stays open
  });

  it('gives up at once what is aborted, though its work does not hear of it, and never begins what waited', async () => {
    const begun: number[] = [];
    const work: Work<number, never> = (task) => {
      begun.push(task);
      return new Promise(() => {});
    };
    const lanes = lanesHere(work, encoder);
    const controller = new AbortController();
    const both = [1, 2].map((task) => lanes.run(task, { signal: controller.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('enough'));
    for (const one of both) await expect(one).rejects.toThrow('enough');
    expect(begun).toEqual([1]);
    const last = lanes.run(3);
    await lanes.close();
    await expect(last).rejects.toThrow();
  });

  it('opens its encoder once, gives its memory back, and says why none opens', async () => {
    const seen = new Set<Encoder>();
    const lanes = lanesHere(async (_: number, one) => void seen.add(one), { encoder: 'embedded', encoderOptions: { size: 32 } });
    await lanes.open();
    await Promise.all([lanes.run(1), lanes.run(2)]);
    expect(seen.size).toBe(1);
    await lanes.close();
    const [one] = seen;
    await expect(one.encode({ data: new Uint8Array(3), width: 1, height: 1 })).rejects.toThrow();
    const none = lanesHere(async () => {}, { encoder: 'embeded', encoderOptions: {} });
    await expect(none.run(1)).rejects.toThrow(/did you mean/);
    expect(none.refusal?.error).toBeInstanceOf(Error);
  });
});
