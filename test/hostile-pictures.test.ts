/** Small files that would become gigabytes: what each takes of memory in a process of its own, with the built package. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pngChunk, pngFile, pngHeader } from './picture-files.ts';
import { ROOT, requireBuild } from './runtimes/built.ts';

const MEGABYTES = 100;

/** A third of a gigabyte of zeros, deflated. */
const bomb = deflateSync(Buffer.alloc(3 * 2 ** 27), { level: 1 });
const profile = Uint8Array.from([...'a\0\0'].map((letter) => letter.charCodeAt(0)));
const ofProfile = (name: string): Uint8Array => pngChunk(name, Buffer.concat([profile, bomb]));
const row = pngChunk('IDAT', deflateSync(Uint8Array.of(0, 7)));
const one = pngHeader(1, 1, 8, 0);

/** What a process says of a file, and by how many megabytes it has grown. */
interface Outcome {
  said: string;
  grown: number;
}

const CHILD = `
const { readFileSync } = await import('node:fs');
const [, from, call, path] = process.argv;
const work = (await import(from))[call];
const input = call === 'decodeLabelPng' ? readFileSync(path) : path;
const rss = () => process.resourceUsage().maxRSS / 1024;
const before = rss();
let said;
try {
  const { width, height } = await work(input);
  said = width + ' x ' + height;
} catch (error) {
  said = error.name + ': ' + error.message;
}
console.log(JSON.stringify({ said, grown: rss() - before }));
`;

describe('hostile pictures', () => {
  let folder: string;
  beforeAll(async () => {
    requireBuild();
    folder = await mkdtemp(join(tmpdir(), 'diffcut-hostile-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const outcomeOf = async (call: string, file: Uint8Array): Promise<Outcome> => {
    const path = join(folder, 'file');
    await writeFile(path, file);
    const args = ['--input-type=module', '-e', CHILD, join(ROOT, 'dist', 'index.js'), call, path];
    return new Promise((resolve, reject) => {
      execFile(process.execPath, args, (error, stdout) => (error ? reject(error) : resolve(JSON.parse(stdout))));
    });
  };

  it.each([
    ['more pixels than its header says', pngFile(one, pngChunk('IDAT', bomb)), /^InputError: .* \(it holds more than the pixels of its header\)$/],
    ['a second header', pngFile(one, pngHeader(19_000, 19_000, 8, 0), pngChunk('IDAT', bomb)), /^InputError: .* \(it has a second header\)$/],
    ['a profile', pngFile(one, ofProfile('iCCP'), row), /^1 x 1$/],
    ['text', pngFile(one, ofProfile('zTXt'), row), /^1 x 1$/],
  ])('a label map with %s of 400 MB', async (_, file, sentence) => {
    const { said, grown } = await outcomeOf('decodeLabelPng', file);
    expect(said).toMatch(sentence);
    expect(grown).toBeLessThan(MEGABYTES);
  });
});
