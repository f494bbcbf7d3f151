/** PNGs changed chunk by chunk, with lengths and checks set right: so what lies behind the checks is reached. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import type { Chance } from './mutate.ts';

interface Chunk {
  name: string;
  data: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const chunksOf = (bytes: Uint8Array): Chunk[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    chunks.push({ name: Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1'), data: bytes.slice(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
};

const fileOf = (chunks: readonly Chunk[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      SIGNATURE,
      ...chunks.flatMap(({ name, data }) => {
        const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
        const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
        length.writeUInt32BE(data.length);
        check.writeUInt32BE(crc32(named));
        return [length, named, check];
      }),
    ]),
  );

const SIDES = [0, 1, 2, 7, 8, 9, 255, 256, 1024, 4096, 16_384, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const NAMES = [
  'IHDR',
  'PLTE',
  'IDAT',
  'IEND',
  'tRNS',
  'iCCP',
  'zTXt',
  'iTXt',
  'acTL',
  'fcTL',
  'fdAT',
  'eXIf',
  'sBIT',
  'pHYs',
  'gAMA',
  'XXXX',
  'a\x1b[m',
];

/** A field of the header: sides, depth, colour, and the three after them. */
const changeHeader = ({ data }: Chunk, chance: Chance): void => {
  const view = new DataView(data.buffer);
  const field = chance.below(7);
  if (field < 2 && data.length >= 8) view.setUint32(4 * field, chance.of(SIDES));
  else if (data.length > 6 + field) data[6 + field] = chance.of([0, 1, 2, 3, 4, 6, 8, 16, 255]);
};

const inflated = (chunks: readonly Chunk[]): Uint8Array => {
  try {
    return inflateSync(Buffer.concat(chunks.map(({ data }) => data)), { maxOutputLength: 2 ** 22 });
  } catch {
    return new Uint8Array(64);
  }
};

/** So many zeros, deflated. */
const bombs = new Map<number, Buffer>();
const bomb = (bytes: number): Buffer => {
  const made = bombs.get(bytes) ?? deflateSync(Buffer.alloc(bytes), { level: 9 });
  bombs.set(bytes, made);
  return made;
};

/** More or fewer rows than the header says, filters that are none, and bombs of zeros. */
const changeRows = (chunks: Chunk[], chance: Chance): Chunk[] => {
  const rows = inflated(chunks.filter(({ name }) => name === 'IDAT'));
  const out = Buffer.from(rows);
  if (out.length > 0) for (let n = chance.below(4); n > 0; n--) out[chance.below(out.length)] = chance.below(256);
  const end = chance.of([out.length, out.length, chance.below(out.length + 1)]);
  const more = chance.of([0, 0, 0, 1, 1000]);
  const isBomb = chance.below(20) === 0;
  const data = isBomb ? bomb(2 ** 23) : deflateSync(Buffer.concat([out.subarray(0, end), Buffer.alloc(more)]), { level: chance.of([0, 1]) });
  const first = chunks.findIndex(({ name }) => name === 'IDAT');
  const others = chunks.filter(({ name }) => name !== 'IDAT');
  return [...others.slice(0, Math.max(first, 0)), { name: 'IDAT', data }, ...others.slice(Math.max(first, 0))];
};

/** A chunk of another name: compressed text and profiles among them, small or swollen. */
const anyChunk = (chance: Chance): Chunk => {
  const body = chance.below(3) ? bomb(chance.of([0, 100, 2 ** 20, 2 ** 24])) : Buffer.alloc(chance.of([0, 1, 3, 13, 300]), chance.below(256));
  return { name: chance.of(NAMES), data: Buffer.concat([Buffer.from(chance.of(['', 'name\0\0', 'x\0\x01\0\0\0'])), body]) };
};

/** One change of the chunks. */
export const mutatePng = (bytes: Uint8Array, chance: Chance): Uint8Array => {
  const chunks = chunksOf(bytes);
  if (chunks.length === 0) return bytes;
  const at = chance.below(chunks.length);
  const change = chance.below(12);
  if (change < 3) changeHeader(chunks[0], chance);
  else if (change < 6) return fileOf(changeRows(chunks, chance));
  else if (change < 7) chunks.splice(chance.below(chunks.length + 1), 0, anyChunk(chance));
  else if (change < 8) chunks.splice(at, 1);
  else if (change < 9) chunks.splice(chance.below(chunks.length + 1), 0, chunks[at]);
  else if (change < 10) chunks[at] = { name: chance.of(NAMES), data: chunks[at].data };
  else if (change < 11) chunks.push(...chunks.splice(at, 1));
  else if (chunks[at].data.length > 0) chunks[at].data[chance.below(chunks[at].data.length)] ^= 1 << chance.below(8);
  return fileOf(chunks);
};
