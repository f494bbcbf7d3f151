import { expected, unknown } from '../errors.ts';

/** Encoders, as data. A row says what an encoder is, how pictures go in, and what cut suits its features. */

export interface EncoderRow {
  name: string;
  what: string;
  licence: string;
  /** Bytes of weights. */
  bytes: number;
  where: string;
  /** What has to be known before its results are quoted. */
  note: string;
  /** Side of the square input, pixels. */
  size: number;
  /** Sides of the input are multiples of this, pixels. */
  multiple: number;
  /** Pixels of the input a token stands for: `size / gridStep` tokens a side. */
  gridStep: number;
  /** Input = (value - mean) / deviation, value 0..255. */
  mean: number;
  deviation: number;
  // What cut suits its features, by measuring (docs/results.md):
  /** Exponent of the affinity. */
  alpha: number;
  /** Price of a segment, and its ease (`pruneAt`). */
  price: number;
  ease: number;
  /** The price under the paper's protocol, which matches one segment to a class and so wants fewer than people do. */
  protocolPrice: number;
  /** Whether tokens with an exact zero in the affinity are dropped, as the reference does. */
  parity: boolean;
}

export const MODELS: readonly EncoderRow[] = [
  {
    name: 'embedded',
    what: 'EfficientNet-Lite2, last block before the head',
    licence: 'Apache-2.0',
    bytes: 8_740_851,
    where: 'in the package',
    note: "supervised on ImageNet: what it scores is not DiffCut's result",
    size: 768,
    multiple: 32,
    gridStep: 24,
    mean: 127,
    deviation: 128,
    alpha: 3,
    price: 0.04,
    ease: 0.4,
    protocolPrice: 0.08,
    parity: false,
  },
];

/** The encoder that is used where none is named. */
export const DEFAULT_ENCODER = 'embedded';

/** @throws InputError with a guess for a name that is not in the table */
export const encoderRow = (name: string): EncoderRow => {
  if (typeof name !== 'string') throw expected('the name of an encoder', 'name', name);
  const row = MODELS.find((r) => r.name === name);
  if (!row)
    throw unknown(
      'encoder',
      name,
      MODELS.map((r) => r.name),
    );
  return row;
};
