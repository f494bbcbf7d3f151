/** What every source of bytes must do, whatever it reads: run by the tests of each. */
import { describe, expect, it } from 'vitest';
import { noise } from '../../test/fake-hub.ts';
import { InputError } from '../errors.ts';
import type { ByteSource } from './source.ts';

/** A source of some bytes, and what puts others in their place behind its back. */
export interface Opened {
  source: ByteSource;
  replace(bytes: Uint8Array): Promise<void> | void;
}

const BYTES = noise(70_000);

/** As toEqual, whose care for each element takes seconds. */
const expectBytes = (got: Uint8Array, wanted: Uint8Array): void => expect(Buffer.compare(got, wanted)).toBe(0);

/** One sentence. */
const expectRefusal = async (work: Promise<unknown>, pattern: RegExp): Promise<void> => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(pattern);
  expect((error as Error).message).not.toMatch(/\n|undefined/);
};

/** @param open a source of these bytes, anew for each test */
export const sourceCases = (open: (bytes: Uint8Array) => Promise<Opened>): void => {
  describe('as every source of bytes', () => {
    const opened = async (): Promise<ByteSource> => (await open(BYTES)).source;

    it('has a name and a size', async () => {
      const source = await opened();
      expect(source.name).not.toBe('');
      expect(source.size).toBe(BYTES.length);
    });

    it('gives ranges: all, at both ends, and none', async () => {
      const source = await opened();
      for (const [start, end] of [
        [0, BYTES.length],
        [0, 1],
        [BYTES.length - 1, BYTES.length],
        [1000, 60_000],
        [0, 0],
        [500, 500],
        [BYTES.length, BYTES.length],
      ]) {
        expectBytes(await source.read(start, end), BYTES.subarray(start, end));
      }
    });

    it('may be empty', async () => {
      const { source } = await open(new Uint8Array());
      expect(source.size).toBe(0);
      expect((await source.read(0, 0)).length).toBe(0);
      await expectRefusal(source.read(0, 1), /has 0 bytes: there is no range from 0 to 1/);
    });

    it.each([
      [0, BYTES.length + 1],
      [BYTES.length, BYTES.length + 1],
      [-1, 3],
      [3, 2],
      [0.5, 2],
      [0, Number.NaN],
    ])('refuses the range from %d to %d', async (start, end) => {
      await expectRefusal((await opened()).read(start, end), new RegExp(`has ${BYTES.length} bytes: there is no range from ${start} to ${end}`));
    });

    it('gives many ranges at once, and bytes of their own each time', async () => {
      const source = await opened();
      const starts = Array.from({ length: 12 }, (_, i) => (i * 5003) % 60_000);
      const all = await Promise.all(starts.map((start) => source.read(start, start + 5000)));
      for (const [i, start] of starts.entries()) expectBytes(all[i], BYTES.subarray(start, start + 5000));
      all[0].fill(0);
      expectBytes(await source.read(0, 5000), BYTES.subarray(0, 5000));
    });

    it.each([
      ['became shorter', noise(50_000)],
      ['became longer', noise(80_000)],
      ['holds other bytes now', noise(BYTES.length, 2)],
    ])('refuses to read what %s', async (_, bytes) => {
      const { source, replace } = await open(BYTES);
      await source.read(0, 10);
      await replace(bytes);
      await expectRefusal(source.read(10, 20), /changed|could not be read/);
    });

    it('stops with the reason of the signal, before the read and amid it', async () => {
      const source = await opened();
      await expect(source.read(0, 10, AbortSignal.abort(new Error('enough')))).rejects.toThrow(/^enough$/);
      const stop = new AbortController();
      const reading = source.read(0, BYTES.length, stop.signal);
      stop.abort(new Error('enough'));
      await expect(reading).rejects.toThrow(/^enough$/);
      expectBytes(await source.read(0, 10), BYTES.subarray(0, 10)); // and can be read again
    });
  });
};
