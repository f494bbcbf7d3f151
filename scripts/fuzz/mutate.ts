/** Inputs made from good ones: the same for the same seed, target and number. */
import { mutatePng } from './mutate-png.ts';

/** Numbers that are the same in every run. */
export interface Chance {
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  of<T>(list: readonly T[]): T;
}

/** FNV-1a of a text. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

/** Mulberry32 by Tommy Ettinger (public domain). */
const chanceOf = (text: string): Chance => {
  let state = hashOf(text);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { below, of: (list) => list[below(list.length)] };
};

/** How an input is built, and so how it is broken. */
export type Kind = 'bytes' | 'png' | 'text' | 'json' | 'safetensors';

type Mutate = (bytes: Uint8Array, chance: Chance, other: Uint8Array) => Uint8Array;

/** No input is larger. */
const LARGEST = 2 ** 18;

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** A stretch of the bytes, short more often than long. */
const stretch = (bytes: Uint8Array, chance: Chance): [number, number] => {
  const from = chance.below(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + chance.below(2 ** (1 + chance.below(12))))];
};

/** Near the beginning as often as anywhere: there stand the headers. */
const placeIn = (bytes: Uint8Array, chance: Chance): number => chance.below(chance.below(2) ? bytes.length : Math.min(bytes.length, 128));

const BYTES = [0, 1, 2, 4, 8, 16, 32, 64, 127, 128, 255];
const INTEGERS = [0n, 1n, -1n, 2n ** 15n, 2n ** 16n - 1n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n - 1n, 100_000n, 16_384n];

/** Puts an integer, of 2, 4 or 8 bytes and of either order, in the place of what is there or adds it to that. */
const setInteger: Mutate = (bytes, chance) => {
  const size = chance.of([2, 4, 4, 8]);
  if (bytes.length < size) return bytes;
  const at = Math.min(placeIn(bytes, chance), bytes.length - size);
  const out = bytes.slice();
  const isLittle = chance.below(2) === 0;
  let was = 0n;
  for (let i = 0; i < size; i++) was |= BigInt(out[at + (isLittle ? i : size - 1 - i)]) << BigInt(8 * i);
  const value = chance.below(3) ? chance.of(INTEGERS) : was + BigInt(chance.below(33) - 16);
  for (let i = 0; i < size; i++) out[at + (isLittle ? i : size - 1 - i)] = Number((value >> BigInt(8 * i)) & 255n);
  return out;
};

const flipBits: Mutate = (bytes, chance) => {
  const out = bytes.slice();
  for (let n = 1 + chance.below(8); n > 0; n--) out[placeIn(out, chance)] ^= 1 << chance.below(8);
  return out;
};

const setBytes: Mutate = (bytes, chance) => {
  const out = bytes.slice();
  for (let n = 1 + chance.below(4); n > 0; n--) out[placeIn(out, chance)] = chance.below(2) ? chance.of(BYTES) : chance.below(256);
  return out;
};

const removed: Mutate = (bytes, chance) => {
  const [from, to] = stretch(bytes, chance);
  return joined(bytes.subarray(0, from), bytes.subarray(to));
};

const doubled: Mutate = (bytes, chance) => {
  const [from, to] = stretch(bytes, chance);
  const times = chance.of([1, 1, 2, 16]);
  return joined(bytes.subarray(0, to), ...Array<Uint8Array>(times).fill(bytes.subarray(from, to)), bytes.subarray(to));
};

const swapped: Mutate = (bytes, chance) => {
  const [a, b] = [stretch(bytes, chance), stretch(bytes, chance)].sort((x, y) => x[0] - y[0]);
  if (a[1] > b[0]) return bytes;
  return joined(bytes.subarray(0, a[0]), bytes.subarray(...b), bytes.subarray(a[1], b[0]), bytes.subarray(...a), bytes.subarray(b[1]));
};

const cutShort: Mutate = (bytes, chance) => bytes.slice(0, chance.below(bytes.length));

const spliced: Mutate = (bytes, chance, other) => joined(bytes.subarray(0, chance.below(bytes.length)), other.subarray(chance.below(other.length)));

const ON_BYTES: readonly Mutate[] = [flipBits, flipBits, setBytes, setBytes, setInteger, setInteger, removed, doubled, swapped, cutShort, spliced];

/** Texts that readers trip over: of numbers, of control, of no meaning. */
const NUMBERS = [
  '0',
  '-1',
  '-0',
  '1e999',
  '-1e999',
  '1e-999',
  '0.5',
  '4294967296',
  '2147483648',
  '9007199254740993',
  '1e21',
  '0x10',
  '1_0',
  'NaN',
  '٣',
];
const ODD = [
  '\0',
  '\n',
  '\r',
  '\x1b[31m',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\u2028',
  '%',
  '%s',
  '%00',
  '..',
  '/',
  '\\',
  '"',
  "'",
  ',',
  ':',
  '+',
  '__proto__',
  'é',
];

const replacedNumber: Mutate = (bytes, chance) => {
  const text = Buffer.from(bytes).toString('latin1');
  const found = [...text.matchAll(/-?\d+(\.\d+)?/g)];
  if (found.length === 0) return bytes;
  const { index, 0: number } = chance.of(found);
  const other = chance.below(4) ? chance.of(NUMBERS) : String(chance.below(2 ** 16));
  return joined(bytes.subarray(0, index), Buffer.from(other), bytes.subarray(index + number.length));
};

const inserted: Mutate = (bytes, chance) => {
  const at = chance.below(bytes.length + 1);
  return joined(
    bytes.subarray(0, at),
    Buffer.from(chance.of(chance.below(2) ? ODD : NUMBERS).repeat(chance.of([1, 1, 1, 3, 5000]))),
    bytes.subarray(at),
  );
};

const movedLine: Mutate = (bytes, chance) => {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split(chance.of(['\n', '\n', ' ', ',']));
  const [from, to] = [chance.below(lines.length), chance.below(lines.length)];
  lines.splice(to, chance.below(2), ...Array<string>(chance.of([0, 1, 1, 2])).fill(lines[from]));
  return Buffer.from(lines.join(chance.of(['\n', '\n', '\r\n', ' ', ','])), 'latin1');
};

const ON_TEXT: readonly Mutate[] = [replacedNumber, replacedNumber, inserted, inserted, movedLine, ...ON_BYTES];

/** What JSON has no value for, in the place of a text of it. */
const RAW: Record<string, string> = {
  '\u0001deep': '['.repeat(20_000) + ']'.repeat(20_000),
  '\u0001open': '['.repeat(20_000),
  '\u0001objects': `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  '\u0001nan': 'NaN',
  '\u0001none': 'None',
  '\u0001huge': '1e999',
  '\u0001digits': '9'.repeat(400),
  '\u0001twice': '{"a":1,"a":2}',
  '\u0001proto': '{"__proto__":{"x":1}}',
};
const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    0.5,
    -0.0001,
    2 ** 31,
    2 ** 53,
    1e21,
    1e308,
    65_536,
    '',
    'x',
    '0',
    'x'.repeat(5000),
    '\u001b[2J',
    '\u202e',
    '../..',
  ],
  ...[[], {}, [null], [[]], [0, 0], [-1, 1e9], { a: 1 }, { length: 3 }, Array(2000).fill(1), Array(50).fill({})],
];
const anyValue = (chance: Chance): unknown => (chance.below(30) ? chance.of(VALUES) : chance.of(Object.keys(RAW)));
const KEYS = ['__proto__', 'constructor', 'toString', 'length', '', 'x', '\u001b[2J', 'a.b', '0', 'size ', 'hasOwnProperty'];

/** Every object and list of a value, outermost first. */
const holdersIn = (value: unknown, out: object[] = []): object[] => {
  if (typeof value !== 'object' || value === null) return out;
  out.push(value);
  for (const inner of Object.values(value)) if (out.length < 5000) holdersIn(inner, out);
  return out;
};

const put = (holder: object, key: string, value: unknown): void =>
  void Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

/** One change of one member. */
const changeMember = (holder: object, all: readonly object[], chance: Chance): void => {
  const keys = Object.keys(holder);
  const key = keys.length > 0 ? chance.of(keys) : 'x';
  const value = (holder as Record<string, unknown>)[key];
  const change = chance.below(10);
  if (change < 5) put(holder, key, typeof value === 'number' && chance.below(2) ? value + chance.of([-1, 1, 0.5, 2 ** 20]) : anyValue(chance));
  else if (change < 6) put(holder, key, chance.below(3) ? chance.of(all) : undefined);
  else if (Array.isArray(holder)) holder.splice(chance.below(holder.length + 1), chance.below(3), ...(chance.below(2) ? [value] : []));
  else if (change < 8) delete (holder as Record<string, unknown>)[key];
  else put(holder, chance.below(2) ? chance.of(KEYS) : `${key}${chance.of(['s', '_', ' '])}`, value);
};

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
};

/** A value that holds itself somewhere is no JSON. */
const written = (value: unknown): string => {
  try {
    return JSON.stringify(value)?.replace(/"\\u0001(\w+)"/g, (text, name) => RAW[`\u0001${name}`] ?? text) ?? 'null';
  } catch {
    return '{}';
  }
};

const changedJson: Mutate = (bytes, chance) => {
  const value = parsed(bytes);
  const holders = holdersIn(value);
  if (holders.length === 0) return Buffer.from(written(anyValue(chance)));
  if (chance.below(50) === 0) return Buffer.from(written(anyValue(chance)));
  changeMember(chance.of(chance.below(3) ? holders : holders.slice(0, 4)), holders, chance);
  return Buffer.from(written(value));
};

const ON_JSON: readonly Mutate[] = [...Array<Mutate>(24).fill(changedJson), ...ON_TEXT];

/** The header's JSON changed and its length set right, or any bytes. */
const changedHeader: Mutate = (bytes, chance, other) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : 0;
  if (!(length > 0 && 8 + length <= bytes.length)) return bytes;
  const header = chance.of(ON_JSON)(bytes.subarray(8, 8 + length), chance, other.subarray(8));
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(header.length), true);
  return joined(size, header, bytes.subarray(8 + length));
};

const ON: Record<Kind, readonly Mutate[]> = {
  bytes: ON_BYTES,
  png: [...Array<Mutate>(16).fill(mutatePng), ...ON_BYTES],
  text: ON_TEXT,
  json: ON_JSON,
  safetensors: [...Array<Mutate>(24).fill(changedHeader), ...ON_BYTES],
};

/** The input of a number: the first are the seeds as they are, which must be taken. */
export const inputOf = (run: string, number: number, kind: Kind, seeds: readonly Uint8Array[]): Uint8Array => {
  if (number < seeds.length) return seeds[number];
  const chance = chanceOf(`${run} ${number}`);
  let bytes = new Uint8Array(chance.of(seeds)); // `slice` of a Buffer would be the seed itself
  for (let changes = chance.of([1, 1, 1, 2, 2, 3, 5, 8]); changes > 0 && bytes.length > 0; changes--)
    bytes = new Uint8Array(chance.of(ON[kind])(bytes, chance, chance.of(seeds)).subarray(0, LARGEST));
  return bytes;
};
