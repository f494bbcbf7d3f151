/** Many pictures, without processes: what holds however the work is done. With processes: test/many.test.ts. */
import { describe, expect, it } from 'vitest';
import { type Encoder, InputError, MODELS, type RgbImage, type SegmentedOne, segmentMany } from './index.ts';

const picture = (shade: number): RgbImage => ({ data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : shade)), width: 16, height: 12 });
const BROKEN = Uint8Array.of(1, 2, 3);

/** Left half unlike the right one; each picture waits for the gate. */
const encoderWith = (gate: (signal: AbortSignal | undefined) => Promise<void> = async () => {}): Encoder => ({
  name: 'embedded',
  row: MODELS[0],
  device: 'cpu',
  inputSize: () => [64, 64],
  async encode(_, watch) {
    await gate(watch?.signal);
    return { data: Float32Array.from({ length: 32 }, (_, i) => Number((i >> 1) % 4 < 2 === (i % 2 === 0))), width: 4, height: 4, channels: 2 };
  },
  dispose: async () => {},
});

/** Hangs until it is aborted, which the work is told. */
const hanging = (aborted: () => void) =>
  encoderWith(
    (signal) =>
      new Promise((_, reject) =>
        signal?.addEventListener('abort', () => {
          aborted();
          reject(signal.reason);
        }),
      ),
  );

const drain = async <I>(all: AsyncIterable<SegmentedOne<I>>): Promise<SegmentedOne<I>[]> => {
  const out: SegmentedOne<I>[] = [];
  for await (const one of all) out.push(one);
  return out;
};
const turns = async (count = 50): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('many pictures', () => {
  it('come out in order, a broken one as an error of its own', async () => {
    const inputs = [picture(200), BROKEN, picture(90)];
    const all = await drain(segmentMany(inputs, { encoder: encoderWith(), tau: 0.5 }));
    expect(all.map(({ index, input }) => [index, inputs.indexOf(input)])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect(all.map(({ result }) => result?.segments.length)).toEqual([2, undefined, 2]);
    expect(all[0].result?.labels.data).toHaveLength(16 * 12);
    expect(all[1].error).toBeInstanceOf(InputError);
  });

  it('are asked for no further ahead than three, and only as they are taken', async () => {
    let asked = 0;
    const inputs = function* () {
      for (; asked < 20; ) {
        asked++;
        yield picture(100);
      }
    };
    const all = segmentMany(inputs(), { encoder: encoderWith() });
    await turns();
    expect(asked).toBe(0);
    await all.next();
    await turns();
    expect(asked).toBe(4);
    await all.next();
    await turns();
    expect(asked).toBe(5);
    await all.return?.();
    await turns();
    expect(asked).toBe(5);
  });

  it('go out while the next input is still to come', async () => {
    const inputs = async function* () {
      yield picture(100);
      await new Promise(() => {});
    };
    const all = segmentMany(inputs(), { encoder: encoderWith() });
    expect((await all.next()).value).toMatchObject({ index: 0 });
    expect(await all.return?.()).toEqual({ done: true, value: undefined });
    expect(await all.next()).toEqual({ done: true, value: undefined });
  });

  it('end when the signal says so, whatever is worked on', async () => {
    const controller = new AbortController();
    let aborted = 0;
    const all = segmentMany([picture(1), picture(2)], { encoder: hanging(() => aborted++), signal: controller.signal });
    const first = all.next();
    await turns();
    controller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await turns();
    expect(aborted).toBe(1);
    const late = segmentMany([picture(1)], { encoder: encoderWith(), signal: controller.signal });
    await expect(late.next()).rejects.toThrow('enough');
  });

  it('end when the loop is left, or the iterator told so in the middle of a picture', async () => {
    let closed = 0;
    const inputs = function* () {
      try {
        for (;;) yield picture(100);
      } finally {
        closed++;
      }
    };
    for await (const { index } of segmentMany(inputs(), { encoder: encoderWith() })) if (index === 2) break;
    expect(closed).toBe(1);
    let aborted = 0;
    const all = segmentMany(inputs(), { encoder: hanging(() => aborted++) });
    const pending = all.next();
    await turns();
    await all.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect([aborted, closed]).toEqual([1, 2]);
  });

  it('give what was there before the inputs failed, then say why', async () => {
    const inputs = function* () {
      yield picture(100);
      throw new Error('no more paper');
    };
    const all = segmentMany(inputs(), { encoder: encoderWith() });
    expect((await all.next()).value).toMatchObject({ index: 0 });
    await expect(all.next()).rejects.toThrow('no more paper');
  });

  it('refuse what cannot be meant, at once', () => {
    const refused = (inputs: unknown, options?: unknown) => () => segmentMany(inputs as never, options as never);
    expect(refused('a.jpg')).toThrow(/a list or an iterable of pictures/);
    expect(refused(BROKEN)).toThrow(/a list or an iterable of pictures/);
    expect(refused([], { jobs: 0 })).toThrow(/whole number from 1 to 256 for jobs/);
    expect(refused([], { prize: 1 })).toThrow(/did you mean "price"/);
    expect(refused([], { features: {} })).toThrow(/features is of one picture/);
    expect(refused([], { onProgress: () => {} })).toThrow(/onProgress is of one picture/);
    expect(refused([], { jobs: 2, encoder: encoderWith() })).toThrow(/one picture at a time/);
  });

  it('say with the first result that no encoder opens', async () => {
    await expect(drain(segmentMany([picture(1)], { encoder: 'embeded' }))).rejects.toThrow(/did you mean "embedded"/);
    await expect(drain(segmentMany([picture(1)], { encoder: 'embedded', timestep: 3 }))).rejects.toThrow(/takes no timestep/);
  });
});
