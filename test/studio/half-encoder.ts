/**
 * The embedded encoder made to see pictures at half their size, for tests of the page that are not about what it finds: it takes a
 * quarter of the time, which is most of what such a test takes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../runtimes/built.ts';

const varint = (n: number): number[] => (n > 127 ? [(n % 128) + 128, ...varint(Math.floor(n / 128))] : [n]);
const bytesField = (field: number, bytes: Iterable<number>): number[] => {
  const body = [...bytes];
  return [field * 8 + 2, ...varint(body.length), ...body];
};
const wholeField = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];

/** onnx.proto: NodeProto's attributes are its field 5; `ints` is their field 8, `type` 20, and 7 says that it is ints. */
const ints = (name: string, values: readonly number[]): number[] =>
  bytesField(5, [...bytesField(1, Buffer.from(name)), ...values.flatMap((value) => wholeField(8, value)), ...wholeField(20, 7)]);

/** The model's bytes, changed so that its first node reads the means of 2 x 2 pixels: a node put before all others makes them of the picture. */
export const halfEncoder = (): Buffer => {
  const model = readFileSync(join(ROOT, 'assets/efficientnet-lite.onnx'));
  const inputOfFirst = model.indexOf(Buffer.from(bytesField(1, Buffer.from('image'))));
  model.write('small', inputOfFirst + 2);
  const pooled = [
    ...bytesField(1, Buffer.from('image')),
    ...bytesField(2, Buffer.from('small')),
    ...bytesField(4, Buffer.from('AveragePool')),
    ...ints('kernel_shape', [2, 2]),
    ...ints('strides', [2, 2]),
  ];
  return Buffer.concat([Buffer.from(bytesField(7, bytesField(1, pooled))), model]); // two graphs in a file are read as one
};
