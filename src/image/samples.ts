/** Numbers as a file holds them to 8-bit RGB on white: which become black and white, what is transparent, what is no data. */
import { inBands } from '../tensor/watch.ts';
import type { RgbImage, Watch } from '../types.ts';
import { withAlpha } from './image.ts';

export type Numbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** Row by row, of each pixel its grey or its red, green and blue, then its alpha where there is one. */
export interface Samples {
  data: Numbers;
  width: number;
  height: number;
  channels: number;
}

/** What the numbers of a file mean. */
export interface Scale {
  /** Of the type: what is black and white where nothing is stretched. */
  range: readonly [low: number, high: number];
  isFloat?: boolean;
  /** The least is white. */
  isInverted?: boolean;
  /** Its colours have been multiplied by alpha. */
  isPremultiplied?: boolean;
  /** Its colours lie on white already. */
  isLaid?: boolean;
  /** What stands where nothing was measured. */
  nodata?: number;
  /** What white is where it shows through, in the numbers of the file. */
  white?: number;
}

const colourCount = (channels: number): number => (channels > 2 ? 3 : 1);

/** Whether the pixel at `i` holds a measurement: not no data in all its colours, and no NaN or infinity among them. */
const isMeasured = (data: Numbers, i: number, colours: number, nodata: number | undefined): boolean => {
  let empty = 0;
  for (let c = 0; c < colours; c++) {
    const value = data[i + c];
    if (value - value !== 0) return false; // NaN and infinities
    if (value === nodata) empty++;
  }
  return empty < colours;
};

/** How many numbers percentiles are made of, at most. */
const MOST = 1_500_000;

/** Some of the numbers that were measured, ascending: every nth pixel. */
export const sortedNumbers = (parts: readonly Samples[], nodata: number | undefined): Float64Array => {
  let total = 0;
  for (const { width, height } of parts) total += width * height;
  const colours = colourCount(parts[0]?.channels ?? 1);
  const step = Math.ceil((total * colours) / MOST) || 1;
  const out = new Float64Array(Math.ceil(total / step + parts.length) * colours);
  let count = 0;
  for (const { data, channels } of parts) {
    for (let i = 0; i < data.length; i += channels * step) {
      if (isMeasured(data, i, colours, nodata)) for (let c = 0; c < colours; c++) out[count++] = data[i + c];
    }
  }
  return out.subarray(0, count).sort();
};

/** Between the two nearest, as numpy has it. @param sorted ascending, at least one */
export const percentile = (sorted: Float64Array, percent: number): number => {
  const at = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
};

/** Numbers to bytes: low and high to 0 and 255. */
export interface Paint {
  low: number;
  high: number;
  /** byte = (number - low) by + plus, rounded down */
  by: number;
  plus: number;
  /** Alpha to 0..255 by this; rounded down. */
  alphaBy: number;
  /** The largest alpha. */
  opaque: number;
}

/**
 * How numbers become bytes. Those of a whole type of more than 8 bits give their upper 8 bits, as libvips has it; what is stretched
 * is rounded to the nearest.
 */
export const paintOf = ({ range, isFloat }: Scale, stretch: readonly [number, number] | undefined): Paint => {
  const [low, high] = stretch ?? range;
  const span = range[1] - range[0];
  const isDeep = !isFloat && span > 255;
  const opaque = range[1];
  const alphaBy = isDeep ? 256 / (opaque + 1) : 255 / opaque;
  if (isDeep && !stretch) return { low, high, by: 256 / (span + 1), plus: 0, alphaBy, opaque };
  return { low, high, by: high > low ? 255 / (high - low) : 0, plus: 0.5, alphaBy, opaque };
};

/** Pixels between two pauses. */
const BAND = 2 ** 18;

/** @returns 8-bit RGB, and alpha where some of it is not opaque */
export const painted = async (samples: Samples, scale: Scale, paint: Paint, watch: Watch = {}): Promise<RgbImage> => {
  const { data, width, height, channels } = samples;
  const colours = colourCount(channels);
  const hasAlpha = channels > colours;
  const out = new Uint8Array(width * height * 3);
  const alpha = hasAlpha ? new Uint8Array(width * height) : undefined;
  const isExact = data.BYTES_PER_ELEMENT === 1 && paint.by === 1 && paint.low === 0 && !scale.isInverted && scale.nodata === undefined;
  if (isExact && channels === 3) return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  await inBands(width * height, BAND, watch, (from, to) => {
    if (alpha) paintOver(data, channels, scale, paint, out, alpha, from, to);
    else paintOpaque(data, channels, scale, paint, out, from, to);
    if (scale.isFloat || scale.nodata !== undefined) blacken(data, channels, scale.nodata, out, from, to);
  });
  return withAlpha({ data: out, width, height }, alpha);
};

const paintOpaque = (data: Numbers, channels: number, { isInverted }: Scale, paint: Paint, out: Uint8Array, from: number, to: number): void => {
  const { low, high, by, plus } = paint;
  const flip = isInverted ? 255 : 0;
  for (let i = from * channels, o = from * 3; i < to * channels; i += channels) {
    for (let c = 0; c < channels; c++) {
      const value = data[i + c];
      const byte = value >= high ? 255 : value > low ? (value - low) * by + plus : 0;
      out[o + c] = flip ? flip - (byte | 0) : byte;
    }
    if (channels === 1) out[o + 1] = out[o + 2] = out[o];
    o += 3;
  }
};

/** The same on white: laid on it in the file's own numbers, as libvips does. */
const paintOver = (
  data: Numbers,
  channels: number,
  { range, isFloat, isInverted, isPremultiplied, isLaid, white }: Scale,
  paint: Paint,
  out: Uint8Array,
  alphas: Uint8Array,
  from: number,
  to: number,
): void => {
  const { low, high, by, plus, alphaBy, opaque } = paint;
  const isStretched = low !== range[0] || high !== range[1];
  const paper = white === undefined || isStretched ? (isInverted ? low : high) : white;
  const colours = channels - 1;
  const flip = isInverted ? 255 : 0;
  for (let p = from, i = from * channels, o = from * 3; p < to; p++, i += channels, o += 3) {
    const alpha = Math.max(0, Math.min(opaque, data[i + colours]));
    alphas[p] = alpha * alphaBy;
    for (let c = 0; c < colours; c++) {
      const value = data[i + c];
      const own = isPremultiplied ? value * opaque : Math.max(low, Math.min(high, value)) * alpha;
      const laid = isLaid ? value : (own + paper * (opaque - alpha)) / opaque;
      const whole = isFloat ? laid : Math.floor(laid);
      const byte = whole >= high ? 255 : whole > low ? (whole - low) * by + plus : 0;
      out[o + c] = flip ? flip - (byte | 0) : byte;
    }
    if (colours === 1) out[o + 1] = out[o + 2] = out[o];
  }
};

/** What was not measured is black. */
const blacken = (data: Numbers, channels: number, nodata: number | undefined, out: Uint8Array, from: number, to: number): void => {
  const colours = colourCount(channels);
  for (let p = from; p < to; p++) if (!isMeasured(data, p * channels, colours, nodata)) out.fill(0, p * 3, p * 3 + 3);
};
