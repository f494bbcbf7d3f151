/** Plain data with typed arrays in it, as bytes: a JSON that says where each array lies behind it. */
import { InputError } from 'diffcut';

type Numbers = Int32Array | Uint8Array;
const KINDS = { i4: Int32Array, u1: Uint8Array } as const;
type Kind = keyof typeof KINDS;

/** Stands for an array in the JSON. */
interface Place {
  $: Kind;
  at: number;
  length: number;
}

const kindOf = (value: unknown): Kind | undefined => (value instanceof Int32Array ? 'i4' : value instanceof Uint8Array ? 'u1' : undefined);
const aligned = (bytes: number): number => Math.ceil(bytes / 4) * 4;

/** Bytes of plain data: objects, lists, texts, numbers, Int32Array and Uint8Array. */
export const packBytes = (value: unknown): Uint8Array => {
  const arrays: Numbers[] = [];
  let bytes = 0;
  const json = JSON.stringify(value, (_key, part) => {
    const kind = kindOf(part);
    if (!kind) return part;
    arrays.push(part);
    const place: Place = { $: kind, at: bytes, length: part.length };
    bytes = aligned(bytes + part.byteLength);
    return place;
  });
  const head = new TextEncoder().encode(json);
  const start = aligned(4 + head.length);
  const out = new Uint8Array(start + bytes);
  new DataView(out.buffer).setUint32(0, head.length, true);
  out.set(head, 4);
  let at = start;
  for (const array of arrays) {
    out.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at = aligned(at + array.byteLength);
  }
  return out;
};

const isPlace = (value: unknown): value is Place => typeof value === 'object' && value !== null && '$' in value;

/** What `packBytes` packed. @throws InputError for what it did not */
export const unpackBytes = (given: Uint8Array): unknown => {
  const damaged = (): InputError => new InputError('its data are damaged');
  if (given.length < 4) throw damaged();
  const length = new DataView(given.buffer, given.byteOffset).getUint32(0, true);
  if (4 + length > given.length) throw damaged();
  const start = aligned(4 + length);
  const arrayAt = ({ $, at, length }: Place): Numbers => {
    const kind = Object.hasOwn(KINDS, $) ? KINDS[$] : undefined;
    const isCount = [at, length].every((n) => Number.isInteger(n) && n >= 0);
    if (!kind || !isCount || start + at + length * kind.BYTES_PER_ELEMENT > given.length) throw damaged();
    return new kind(given.slice(start + at, start + at + length * kind.BYTES_PER_ELEMENT).buffer);
  };
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(given.subarray(4, 4 + length)), (_key, value) =>
      isPlace(value) ? arrayAt(value) : value,
    );
  } catch {
    throw damaged();
  }
};
