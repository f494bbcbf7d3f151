/** Pipes with and without anybody at their other end; devices. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkInput, openPipe, readInput, writeSpecial } from './pipes-node.ts';
import { joined, upTo } from './tensor/bytes.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut-pipes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  const pipe = join(folder, 'pipe');
  beforeAll(() => void execFileSync('mkfifo', [pipe]));

  it('brings to its reader what its writer has, whichever comes first', async () => {
    const bytes = new Uint8Array(300_000).map((_, i) => i);
    const write = (): Promise<void> => writeSpecial(pipe, statSync(pipe), bytes);
    for (const both of [() => [readInput(pipe), write()], () => [write(), readInput(pipe)].reverse()]) {
      const [read] = await Promise.all(both());
      expect(Buffer.compare(read as Uint8Array, bytes)).toBe(0);
    }
  });

  it.each(['read', 'write'])('with nobody there ends with the signal: %s', async (kind) => {
    const stop = new AbortController();
    const work = kind === 'read' ? readInput(pipe, 'a file', stop.signal) : writeSpecial(pipe, statSync(pipe), new Uint8Array(3), stop.signal);
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(work).rejects.toThrow('enough');
    await expect(readInput(pipe, 'a file', stop.signal)).rejects.toThrow('enough');
  });

  it('is read no further than the limit', async () => {
    const stop = new AbortController();
    const endless = writeSpecial(
      pipe,
      statSync(pipe),
      (async function* () {
        for (;;) yield new Uint8Array(65_536);
      })(),
      stop.signal,
    );
    const some = joined(upTo(openPipe(pipe, undefined), 1e6, () => new Error('too many')));
    await expect(some).rejects.toThrow('too many');
    await expect(endless).rejects.toThrow(/EPIPE|ECONNRESET/);
  });
});

describe('readInput', () => {
  it('reads a file, and says what is none', async () => {
    writeFileSync(join(folder, 'file'), 'text');
    expect(Buffer.from(await readInput(join(folder, 'file'))).toString()).toBe('text');
    await expect(readInput(folder, 'a mask')).rejects.toThrow(/is a folder: give a mask in it/);
    await expect(readInput(join(folder, 'none'))).rejects.toThrow(/does not exist/);
  });

  it.skipIf(process.platform === 'win32')('takes no device, which may have no end', async () => {
    for (const device of ['/dev/zero', '/dev/null'])
      await expect(readInput(device, 'a mask')).rejects.toThrow(/is a device or a socket: give a mask/);
    expect(() => checkInput('x', statSync('/dev/zero'), 'a picture')).toThrow(/"x" is a device/);
  });
});

it.skipIf(process.platform !== 'linux')('writes to devices as they are', async () => {
  await writeSpecial('/dev/null', statSync('/dev/null'), new Uint8Array(3));
  await expect(writeSpecial('/dev/full', statSync('/dev/full'), new Uint8Array(3))).rejects.toThrow(/ENOSPC/);
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('text');
});
