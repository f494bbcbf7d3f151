import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noise } from '../../test/fake-hub.ts';
import { fileSource } from '../files/source-node.ts';
import { readHeader, writeHeader } from '../weights/safetensors.ts';
import { isVerified, SEAL, sealFile, sha256Of, UNSEALED, verifyFile, verifyOnce } from './seal-node.ts';

const SIZE = 9_000_000; // more than one piece of reading
let folder: string;
let path: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-seal-'));
  path = join(folder, 'weights.safetensors');
  // A config may hold what looks like the seal's own place.
  const metadata = { unet: `{"sha256":"${'a'.repeat(64)}"}`, [SEAL]: UNSEALED };
  writeFileSync(path, Buffer.concat([writeHeader([['t', { dtype: 'U8', shape: [SIZE], bytes: SIZE }]], metadata), noise(SIZE)]));
  await sealFile(path);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const sealNow = async (): Promise<string> => (await readHeader(await fileSource(path))).metadata[SEAL];

/** Other bytes at a place; size and date stay what they were. */
const alter = (at: number, bytes: string | Uint8Array): void => {
  const { atime, mtime } = statSync(path);
  const all = readFileSync(path);
  all.set(Buffer.from(bytes as string), at);
  writeFileSync(path, all);
  utimesSync(path, atime, mtime);
};

describe('a sealed file', () => {
  it('carries the hash of itself with zeros in its place, and sealing it again changes nothing', async () => {
    const seal = await sealNow();
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(seal);
    expect(seal).toBe(await sha256Of(path, undefined, [at, at + 64]));
    writeFileSync(path, Buffer.concat([bytes.subarray(0, at), Buffer.from(UNSEALED), bytes.subarray(at + 64)]));
    expect(seal).toBe(await sha256Of(path));
    await sealFile(path);
    await sealFile(path);
    expect(await sealNow()).toBe(seal);
    expect(await verifyFile('small', path)).toBe(seal);
  });

  it.each([
    ['its first tensor bytes', () => alter(statSync(path).size - SIZE, 'x')],
    ['its last byte', () => alter(statSync(path).size - 1, Uint8Array.of(readFileSync(path)[statSync(path).size - 1] ^ 1))],
    ['a config in its header', () => alter(readFileSync(path).indexOf('aaaa'), 'b')],
    [
      'the seal',
      () =>
        alter(
          readFileSync(path).lastIndexOf(`"${SEAL}":"`) + 10,
          readFileSync(path)[readFileSync(path).lastIndexOf(`"${SEAL}":"`) + 10] === 48 ? '1' : '0',
        ),
    ],
  ])('that differs in %s is found out at its next use, though size and date are the same', async (_, change) => {
    await verifyOnce('small', path);
    expect(await isVerified(path)).toBe(true);
    change();
    expect(await isVerified(path)).toBe(false);
    const sentence =
      /^small is not what was pulled: the SHA-256 of its file is [0-9a-f]{12}\.\.\. and should be [0-9a-f]{12}\.\.\.; get it anew with "diffcut models pull small"$/;
    await expect(verifyOnce('small', path)).rejects.toMatchObject({ code: 'E_MODEL', message: expect.stringMatching(sentence) });
    await expect(verifyOnce('small', path)).rejects.toThrow(sentence); // and is not remembered as whole
  });

  it('is read once: from then on its state tells', async () => {
    expect(await isVerified(path)).toBe(false);
    await verifyOnce('small', path);
    const stamp = statSync(join(folder, 'verified.json')).mtimeMs;
    await verifyOnce('small', path);
    expect(statSync(join(folder, 'verified.json')).mtimeMs).toBe(stamp);
    expect(readdirSync(folder).sort()).toEqual(['verified.json', 'weights.safetensors']);
  });

  it.each(['', '{', 'null', `${'['.repeat(20_000)}`, '{"state":1}'])('with %j as what is remembered is read again', async (text) => {
    await verifyOnce('small', path);
    writeFileSync(join(folder, 'verified.json'), text);
    expect(await isVerified(path)).toBe(false);
    await verifyOnce('small', path);
    expect(await isVerified(path)).toBe(true);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('in a folder that cannot be written is verified all the same', async () => {
    chmodSync(folder, 0o555);
    await verifyOnce('small', path);
    chmodSync(folder, 0o755);
    expect(existsSync(join(folder, 'verified.json'))).toBe(false);
  });

  it('copied elsewhere has its seal with it', async () => {
    const copy = join(folder, 'copy.safetensors');
    copyFileSync(path, copy);
    expect(await verifyFile('small', copy)).toBe(await sealNow());
  });

  it('stops by the signal', async () => {
    await expect(verifyFile('small', path, AbortSignal.abort(new Error('Ctrl-C')))).rejects.toThrow('Ctrl-C');
  });
});

it('a file of an earlier version has no seal, and is taken as it is', async () => {
  writeFileSync(path, writeHeader([], { plan: 'x' }));
  expect(await verifyFile('small', path)).toBeUndefined();
  await verifyOnce('small', path);
});
