/** Features of an ONNX file of the user's own. What its graph says of itself is held against what its JSON says. */

import { devicesHere } from '#runtime/session';
import { badModel, checkAborted, firstLine, InputError, unknown } from '../../errors.ts';
import type { ModelFiles } from '../../files/source.ts';
import { type EncoderRow, localOnnx } from '../../models/table.ts';
import type { ANY_ENCODER } from '../../options/encoders.ts';
import type { Resolved } from '../../options/spec.ts';
import { sessionOpener } from '../../runtime/open.ts';
import { onDevice, type Port, type Session } from '../../runtime/session.ts';
import type { FeatureMap } from '../../types.ts';
import type { Encoder } from '../encoder.ts';
import { type Compute, channelsLast, createEncoder, inBytes, planesOf } from '../input.ts';
import { inputSizeOf } from '../input-size.ts';
import { bothOf, findOnnx, type OnnxAbout, readAbout, readModel } from './file.ts';

type Options = Resolved<typeof ANY_ENCODER>;
type Size = readonly [width: number, height: number];

/** Whether these files are an ONNX file and what belongs to it. @throws InputError where there are several */
export const isOnnx = async (files: ModelFiles): Promise<boolean> => (await findOnnx(files)) !== undefined;

/** @throws InputError for a JSON that is missing or says what cannot be */
export const describeOnnx = async (name: string, files: ModelFiles): Promise<EncoderRow> => {
  const { size, multiple, patch, alpha, tau, licence } = await readAbout(files);
  return localOnnx(name, {
    size: Math.round(Math.sqrt(bothOf(size)[0] * bothOf(size)[1])),
    multiple: multiple ?? 1,
    // What is left beside whole multiples is cut as long as it is less than a token, and shrunk with the rest otherwise.
    sizes: multiple === null ? 'refused' : multiple <= patch ? 'cut' : 'rounded',
    gridStep: patch,
    ...(alpha !== null && { alpha }),
    ...(tau !== null && { tau }),
    ...(licence !== null && { licence }),
    ...(alpha !== null && tau !== null && { note: 'alpha and tau are those of its JSON' }),
  });
};

/** @throws InputError for another size than the one that the file takes, and for one that is smaller than a patch */
const sizesOf = (row: EncoderRow, about: OnnxAbout, { size, keepRatio }: Options): Encoder['inputSize'] => {
  const [width, height] = bothOf(about.size);
  if (about.multiple !== null) {
    const inputSize = inputSizeOf(row, { size: size ?? about.size, keepRatio });
    const asked = inputSize({ width: 1, height: 1 });
    if (about.patch > Math.min(...asked))
      throw new InputError(`${row.name} has patches of ${about.patch} pixels: take a larger --size than ${asked.join('x')}`, { code: 'E_OPTION' });
    return inputSize;
  }
  const only = `${row.name} takes pictures of ${width}x${height} pixels only`;
  const asked = bothOf(size ?? about.size);
  if (asked[0] !== width || asked[1] !== height)
    throw new InputError(`${only}, not ${asked.join('x')}: leave --size out, or export the file for any size and say "multiple" in ${about.json}`, {
      code: 'E_OPTION',
    });
  if (keepRatio) throw new InputError(`${only}: leave --keep-ratio out`, { code: 'E_OPTION' });
  return () => [width, height];
};

/** A shape as it is written in messages: `1x3x?x?`. */
const shape = (dims: Port['dims']): string => dims.map((dim) => dim ?? '?').join('x');

/** The input or output of this name, the first where none is named. @throws InputError where there is none, or it is no float32 */
const portOf = (kind: 'input' | 'output', ports: readonly Port[], { [kind]: name, file }: OnnxAbout): Port => {
  const port = name === null ? ports[0] : ports.find((one) => one.name === name);
  if (!port)
    throw unknown(
      `${kind} of ${file}`,
      name ?? '',
      ports.map((one) => one.name),
    );
  if (port.type !== 'float32') throw badModel(`${file} has ${port.type} as its ${kind} "${port.name}": export it with float32 there`);
  return port;
};

/** @throws InputError where the graph takes something else than the JSON says */
const checkInput = ({ name, dims }: Port, { file, json, size, multiple }: OnnxAbout): void => {
  if (dims.length === 0) return; // the graph does not say
  const [batch = 1, channels = 3, height, width] = dims;
  if (dims.length !== 4 || batch !== 1 || channels !== 3)
    throw badModel(`${file} takes ${shape(dims)} as its input "${name}": it has to take one picture as 1 x 3 x height x width`);
  const takes = `${file} takes pictures of ${width ?? '?'}x${height ?? '?'} pixels`;
  if (multiple !== null && (width ?? height) !== undefined) throw badModel(`${takes} only: leave "multiple" out of ${json}`);
  const told = bothOf(size);
  if ((width ?? told[0]) !== told[0] || (height ?? told[1]) !== told[1]) throw badModel(`${takes}, and ${json} says ${told.join('x')}`);
};

interface Grid {
  width: number;
  height: number;
  channels: number;
}

/** How an output is read, whose dimensions come without the leading 1. Tokens may lack it in the file as well. */
interface Layout {
  words: string;
  rank: number;
  /** @param patches that are expected */
  grid(dims: readonly number[], patches: Size): Grid;
  data(output: Float32Array, grid: Grid, prefix: number): Float32Array;
}

const LAYOUTS: Record<OnnxAbout['layout'], Layout> = {
  tokens: {
    words: 'tokens x channels',
    rank: 2,
    grid: ([, channels], [width, height]) => ({ width, height, channels }),
    data: (output, { channels }, prefix) => output.slice(prefix * channels),
  },
  'channels-first': {
    words: 'channels x height x width',
    rank: 3,
    grid: ([channels, height, width]) => ({ width, height, channels }),
    data: (output, { channels }) => channelsLast(output, channels),
  },
  'channels-last': {
    words: 'height x width x channels',
    rank: 3,
    grid: ([height, width, channels]) => ({ width, height, channels }),
    data: (output) => output,
  },
};

/** @param dims of the output for an input of this size @throws InputError where they are not what the JSON says */
const gridOf = (dims: readonly number[], about: OnnxAbout, size: Size): Grid => {
  const { file, json, layout, patch, prefix } = about;
  const { words, rank, grid } = LAYOUTS[layout];
  const inner = dims.length === rank + 1 && dims[0] === 1 ? dims.slice(1) : layout === 'tokens' ? dims : [];
  if (inner.length !== rank) throw badModel(`${file} gives ${shape(dims)}, and the layout "${layout}" of ${json} is 1 x ${words}`);
  const [columns, rows] = size.map((side) => Math.floor(side / patch + 1e-6));
  const got = grid(inner, [columns, rows]);
  const say = `${size.join('x')} pixels with patches of ${patch}`;
  const wanted = prefix + columns * rows;
  if (layout === 'tokens' && inner[0] !== wanted) {
    const sum = `${say} are ${columns}x${rows}, and ${prefix} before them`;
    throw badModel(`${file} gives ${inner[0]} tokens, and by ${json} it would be ${wanted} (${sum}): check size, patch and prefix`);
  }
  // Networks round either way where patches do not fit.
  if (Math.abs(size[0] / patch - got.width) >= 1 || Math.abs(size[1] / patch - got.height) >= 1)
    throw badModel(`${file} gives a grid of ${got.width}x${got.height}, and by ${json} (${say}) it would be ${columns}x${rows}`);
  return got;
};

/** @throws InputError where the graph is not what its JSON says */
const checkGraph = ({ inputs, outputs }: Session, about: OnnxAbout): { input: string; output: string } => {
  const input = portOf('input', inputs, about);
  const output = portOf('output', outputs, about);
  const others = inputs.filter(({ name }) => name !== input.name).map(({ name }) => `"${name}"`);
  if (others.length > 0) throw badModel(`${about.file} wants ${others.join(', ')} besides the picture: export it with the picture as its only input`);
  checkInput(input, about);
  const known = output.dims.filter((dim) => dim !== undefined);
  if (about.multiple === null && known.length > 0 && known.length === output.dims.length) gridOf(known, about, bothOf(about.size));
  return { input: input.name, output: output.name };
};

/** The upper left of planes. */
const cropped = (planes: Float32Array, [width, height]: Size, to: Size): Float32Array => {
  if (to[0] === width && to[1] === height) return planes;
  const out = new Float32Array(3 * to[0] * to[1]);
  for (let row = 0; row < 3 * to[1]; row++) {
    const from = (Math.floor(row / to[1]) * height + (row % to[1])) * width;
    out.set(planes.subarray(from, from + to[0]), row * to[0]);
  }
  return out;
};

/**
 * @param row as describeOnnx gives it
 * @throws InputError: a JSON that does not fit the graph or is no good, weights that are missing, a size that the file
 *   does not take, a device that fails
 */
export const openOnnx = async (row: EncoderRow, files: ModelFiles, options: Options, signal?: AbortSignal): Promise<Encoder> => {
  const about = await readAbout(files);
  const inputSize = sizesOf(row, about, options);
  const model = await readModel(files, about.file);
  const openSession = sessionOpener(options.worker, signal);
  const session = await onDevice(options.device, devicesHere, (device) => openSession(model, { device, threads: options.threads }));
  const compute = await computeOf(session, about).catch(async (error: unknown) => {
    await session.dispose();
    throw error;
  });
  return createEncoder({ name: row.name, row, device: session.device, inputSize }, compute, () => session.dispose());
};

/** @throws InputError where the graph is not what its JSON says; `compute` as well, where only a run tells */
const computeOf = async (session: Session, about: OnnxAbout): Promise<Compute> => {
  const { input, output } = checkGraph(session, about);
  const [mean, deviation] = [inBytes(about.mean), inBytes(about.deviation)];
  const whole = (side: number): number => side - (side % (about.multiple ?? 1));
  return async (image, size, watch): Promise<FeatureMap> => {
    const { signal, onProgress } = watch;
    onProgress?.('encode', 0, 1);
    const [width, height] = [whole(size[0]), whole(size[1])];
    const data = cropped(await planesOf(image, ...size, mean, deviation, watch), size, [width, height]);
    const outputs = await session.run({ [input]: { data, dims: [1, 3, height, width] } }, signal).catch((error: unknown) => {
      checkAborted(signal);
      throw badModel(`${about.file} failed on ${width}x${height} pixels, which ${about.json} says that it takes (${firstLine(error)})`, error);
    });
    const grid = gridOf(outputs[output].dims, about, [width, height]);
    const features = LAYOUTS[about.layout].data(outputs[output].data, grid, about.prefix);
    onProgress?.('encode', 1, 1);
    return { data: features, ...grid };
  };
};
