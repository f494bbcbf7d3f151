/** Regions of the page's pictures to names, computed here. */
import { unknown } from '../errors.ts';
import { parseJson } from '../json.ts';
import { type Given, type LabelMap, modelPath, NAMERS, type NAMING, type Namer, openNamer, untilAborted } from '../toolkit.ts';
import type { RgbImage } from '../types.ts';
import { keepOpen, type OpenModel } from './open-models-node.ts';
import { Refusal } from './refusal-node.ts';
import { pictureOf, type Turns, wholeOf } from './turns-node.ts';

/** Namers that stay open: each has the vectors of one list of words. */
const MOST_OPEN = 1;
/** Bytes of a list of words, about 10,000 of them; and regions of a picture. */
export const MOST_WORDS = 2 ** 17;
const MOST_REGIONS = 8192;

type Options = Given<typeof NAMING>;
export type OpenNamer = OpenModel<Namer, Options>;

/** A region's name, and how sure the model is of it, 0..1. */
export interface NamedRegion {
  id: number;
  name: string;
  score: number;
}

/** A row of the table, never a path. @throws Refusal (404) for another name, InputError for a model that is not on this machine */
const namerOf = async (query: URLSearchParams): Promise<string> => {
  const name = query.get('namer') ?? '';
  const names = NAMERS.map((row) => row.name);
  if (!names.includes(name)) throw new Refusal(404, unknown('model that names segments', name, names).message, 'E_OPTION');
  await modelPath(name);
  return name;
};

/** The list of names that stands at a body's end. @throws Refusal (400) for what is none */
export const readWords = (bytes: Uint8Array): string[] => {
  try {
    const value = parseJson(new TextDecoder().decode(bytes));
    if (Array.isArray(value) && value.every((name): name is string => typeof name === 'string')) return value;
  } catch {
    // told below
  }
  throw new Refusal(400, 'The words of the body are no JSON list of names', 'E_OPTION');
};

/** A body's parts: a region's number a pixel, 16 bits, little-endian; the picture's RGB bytes; and what is left, the words. */
const partsOf = (body: Uint8Array, { width, height }: { width: number; height: number }) => {
  const pixels = width * height;
  const labels: LabelMap = { data: Int32Array.from(new Uint16Array(body.buffer, body.byteOffset, pixels)), width, height };
  const image: RgbImage = { data: body.subarray(2 * pixels, 5 * pixels), width, height };
  return { labels, image, words: body.subarray(5 * pixels) };
};

export interface NameMaker {
  /** Names of the regions that a request posts, those that the model gives one. @throws as `FeatureMaker` */
  make(request: Request): Promise<NamedRegion[]>;
  /** Closes the namers. */
  close(): Promise<void>;
}

/** @param open in the place of `openNamer` */
export const makeNames = (turns: Turns, options: Options, open: OpenNamer = openNamer): NameMaker => {
  const namers = keepOpen(open, MOST_OPEN);
  return {
    async make(request) {
      const query = new URL(request.url).searchParams;
      const picture = pictureOf(query);
      const vocabulary = query.get('vocabulary') ?? undefined;
      const length = vocabulary === undefined ? wholeOf(query, 'words', 1, MOST_WORDS) : 0;
      const name = await namerOf(query);
      return turns.take(request, 5 * picture.width * picture.height + length, async (body, signal) => {
        const { labels, image, words } = partsOf(body, picture);
        const asked = vocabulary === undefined ? { classes: readWords(words) } : { vocabulary };
        const regions = [...new Set(labels.data)].sort((a, b) => a - b).map((id) => ({ id }));
        if (regions.length > MOST_REGIONS) throw new Refusal(413, `The picture has ${regions.length} regions: at most ${MOST_REGIONS} are named`);
        const namer = await untilAborted(namers.get(name, { ...options, ...asked }), signal);
        const named = await namer.name(image, labels, regions, { signal });
        return regions.flatMap(({ id }, i) => (named[i] ? [{ id, ...named[i] }] : []));
      });
    },
    close: namers.close,
  };
};
