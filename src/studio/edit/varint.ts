/** Whole numbers in as few bytes as they need, seven bits each: most runs are short. */
import { InputError } from 'diffcut';

/** Bytes under way: an array with room for more than there are. */
export interface Writer {
  data: Uint8Array;
  length: number;
}

export const newWriter = (): Writer => ({ data: new Uint8Array(256), length: 0 });

/** @param value 0 to 2^31 - 1 */
export const writeNumber = (writer: Writer, value: number): void => {
  if (writer.length + 5 > writer.data.length) {
    const grown = new Uint8Array(2 * writer.data.length);
    grown.set(writer.data);
    writer.data = grown;
  }
  let rest = value;
  while (rest > 127) {
    writer.data[writer.length++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  writer.data[writer.length++] = rest;
};

export const written = ({ data, length }: Writer): Uint8Array => data.slice(0, length);

export interface Reader {
  data: Uint8Array;
  at: number;
}

/** @throws InputError where the bytes end within a number, or it is more than 2^31 - 1 */
export const readNumber = (reader: Reader): number => {
  const { data } = reader;
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = data[reader.at++];
    if (byte === undefined || (shift === 28 && byte > 7)) throw new InputError('These runs of labels are damaged');
    value |= (byte & 127) << shift;
    if (byte < 128) return value;
  }
};
