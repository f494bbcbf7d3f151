import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { listZip } from './unzip.ts';
import { zipped } from './zip.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const blobOf = (bytes: Uint8Array): Blob => new Blob([bytes as BlobPart]);
const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());
const noise = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i * 2654435761) >>> 13);

const FILES = { 'a.json': text('{"a": 1}'.repeat(1000)), 'b/ü.png': noise, 'empty.txt': new Uint8Array(0) };
const entries = Object.entries(FILES).map(([name, bytes]) => ({ name, blob: blobOf(bytes) }));

describe('a ZIP', () => {
  it('that was written is read by others, and by us', async () => {
    const told: [number, number][] = [];
    const [zip, ...more] = await zipped(entries, { onProgress: (done, total) => void told.push([done, total]) });
    expect(more).toEqual([]);
    expect(told.at(-1)).toEqual([3, 3]);
    expect(unzipSync(await bytesOf(zip))).toEqual(FILES);
    const files = await listZip(zip);
    expect([...files.keys()]).toEqual(Object.keys(FILES));
    for (const [name, bytes] of Object.entries(FILES)) expect(await bytesOf((await files.get(name)!.read(1e6)) as Blob)).toEqual(bytes);
    expect((await zipped([])).length).toBe(1);
  });

  it('of others is read', async () => {
    const files = await listZip(blobOf(zipSync(FILES)));
    for (const [name, bytes] of Object.entries(FILES)) expect(await bytesOf(await files.get(name)!.read(1e6))).toEqual(bytes);
  });

  it('is packed no further once that is aborted', async () => {
    await expect(zipped(entries, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('with a byte that is not as it was saved is refused, stored or deflated', async () => {
    const whole = await bytesOf((await zipped([...entries, { name: 'text.json', blob: blobOf(noise) }], { isStored: () => true }))[0]);
    const [at, end] = [whole.length / 4, whole.length - 1000].map(Math.floor);
    for (const [name, place] of [
      ['b/ü.png', at],
      ['text.json', end],
    ] as const) {
      const files = await listZip(blobOf(whole.map((byte, i) => (i === place ? byte ^ 1 : byte))));
      await expect(files.get(name)!.read(1e6), name).rejects.toThrow(/not as it was saved/);
      expect((await bytesOf(await files.get('a.json')!.read(1e6))).length).toBe(FILES['a.json'].length);
    }
    const deflated = zipSync({ 'a.bin': text('abc'.repeat(1000)) });
    const view = new DataView(deflated.buffer);
    let entry = deflated.length - 22;
    while (view.getUint32(entry, true) !== 0x02014b50) entry--;
    view.setUint32(entry + 16, 1, true);
    await expect((await listZip(blobOf(deflated))).get('a.bin')!.read(1e6)).rejects.toThrow(/not as it was saved/);
  });

  it('that is damaged is refused wherever it is cut, and unpacks to no more than it says', async () => {
    const whole = await bytesOf((await zipped(entries))[0]);
    for (const length of [0, 3, 21, 100, whole.length - 30, whole.length - 1])
      await expect(listZip(blobOf(whole.subarray(0, length))), String(length)).rejects.toThrow(/^it is no project file, or a damaged one/);
    const files = await listZip(blobOf(whole));
    await expect(files.get('a.json')!.read(100)).rejects.toThrow(/too large/);

    const bomb = zipSync({ 'a.bin': new Uint8Array(2 ** 20) });
    const view = new DataView(bomb.buffer);
    let entry = bomb.length - 22;
    while (view.getUint32(entry, true) !== 0x02014b50) entry--;
    view.setUint32(entry + 24, 1000, true); // the directory says less than there is
    await expect((await listZip(blobOf(bomb))).get('a.bin')!.read(2000)).rejects.toThrow(/larger than it says/);
    view.setUint32(entry + 24, 2 ** 21, true);
    await expect((await listZip(blobOf(bomb))).get('a.bin')!.read(2 ** 22)).rejects.toThrow(/smaller than it says/);
    view.setUint32(entry + 20, 2 ** 30, true);
    await expect(listZip(blobOf(bomb))).rejects.toThrow(/over each other/);
  });
});
