/** Concepts as a file: what a run writes, what the page saves after renaming and merging, and what other pictures are placed by. */
import { InputError } from '../errors.ts';
import { isObject, parseJson } from '../json.ts';
import { isWhole } from '../options/spec.ts';
import type { Watch } from '../types.ts';
import { type Placed, placeSegments } from './place.ts';
import { checkVectors, isDirection, type SegmentVectors } from './vectors.ts';

/** Of the file's shape. */
const VERSION = 1;
/** Label maps have a byte a pixel. */
export const MOST_CONCEPTS = 256;
/** Digits of a vector's numbers: as many as a float32 has. */
const DIGITS = 7;

/** A concept as the file has it. */
export interface ConceptRecord {
  id: number;
  /** What somebody called it. */
  name?: string;
  /** `#rrggbb`, of its pixels in every label map. */
  colour: string;
  segments: number;
  pictures: number;
  /** 1 less the mean cosine of its segments with it. */
  spread: number;
  /** Directions of unit length; several where concepts were merged. */
  vectors: number[][];
}

/** A segment of a picture: its id there, its concept, its share of the picture, and its cosine with the concept. */
export type SegmentRecord = [id: number, concept: number, share: number, cosine: number];

export interface PictureRecord {
  path: string;
  /** Its label map, below the folder of the file. */
  labels: string;
  segments: SegmentRecord[];
}

export interface ConceptsRecord {
  version: number;
  /** The package's that wrote it. */
  diffcut: string;
  encoder: string;
  settings: Record<string, unknown>;
  concepts: ConceptRecord[];
  pictures: PictureRecord[];
}

/** A picture's segments, and where the rows of all segments have them. */
export interface PictureSegments {
  path: string;
  labels: string;
  vectors: SegmentVectors;
  /** Of the picture's area, 0..1. */
  shares: readonly number[];
}

const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits));

/** The directions of a concept as JSON has them. */
export const toldRow = ({ data, channels }: SegmentVectors, k: number): number[] =>
  Array.from(data.subarray(k * channels, (k + 1) * channels), (value) => rounded(value, DIGITS));

/** What is known of concepts before their segments are counted. */
export type Known = Pick<ConceptRecord, 'id' | 'name' | 'colour' | 'vectors'>;

/**
 * The record of pictures whose segments have their place.
 * @param known the concepts, each at the place of its id
 * @param placed of the segments of all pictures, one after the other
 */
export const conceptsRecord = (
  known: readonly Known[],
  pictures: readonly PictureSegments[],
  placed: Placed,
  about: Pick<ConceptsRecord, 'diffcut' | 'encoder' | 'settings'>,
): ConceptsRecord => {
  const counts = known.map(() => ({ segments: 0, away: 0, pictures: new Set<number>() }));
  let at = 0;
  const told = pictures.map(({ path, labels, shares }, p): PictureRecord => {
    const segments = shares.map((share, id): SegmentRecord => {
      const [concept, cosine] = [placed.of[at], placed.cosine[at++]];
      counts[concept].segments++;
      counts[concept].away += Math.max(0, 1 - cosine);
      counts[concept].pictures.add(p);
      return [id, concept, rounded(share), rounded(cosine)];
    });
    return { path, labels, segments };
  });
  const concepts = known.map((one, id): ConceptRecord => {
    const { segments, away, pictures: where } = counts[id];
    const { name, colour, vectors } = one;
    return { id, ...(name && { name }), colour, segments, pictures: where.size, spread: rounded(away / Math.max(1, segments)), vectors };
  });
  return { version: VERSION, ...about, concepts, pictures: told };
};

/** JSON to be read by people too: a line a concept, and a line a picture. */
export const conceptsText = ({ concepts, pictures, ...about }: ConceptsRecord): string => {
  const lines = (values: readonly object[]): string =>
    values.length === 0 ? '[]' : `[\n${values.map((value) => `    ${JSON.stringify(value)}`).join(',\n')}\n  ]`;
  const members = Object.entries(about).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${[...members, `  "concepts": ${lines(concepts)}`, `  "pictures": ${lines(pictures)}`].join(',\n')}\n}\n`;
};

const isVector = (value: unknown, channels: number): boolean =>
  Array.isArray(value) && value.length === channels && channels > 0 && value.every((v) => typeof v === 'number') && isDirection(value);

/** What each member of a concept is to be, in words and as a check. */
const MEMBERS: Record<keyof Known, { wanted(id: number, channels: number): string; accepts(value: unknown, id: number, channels: number): boolean }> =
  {
    id: { wanted: (id) => `${id}, its place in the list`, accepts: (value, id) => value === id },
    name: {
      wanted: () => 'a text of at most 200 letters',
      accepts: (value) => value === undefined || (typeof value === 'string' && value.length <= 200),
    },
    colour: { wanted: () => 'one as #12ab9f', accepts: (value) => typeof value === 'string' && /^#[\da-f]{6}$/.test(value) },
    vectors: {
      wanted: (_, channels) => `lists of numbers of unit length, ${channels > 0 ? `${channels} each,` : 'as many'} as all concepts have`,
      accepts: (value, _, channels) => Array.isArray(value) && value.length > 0 && value.every((vector) => isVector(vector, channels)),
    },
  };

/** What else a concept has, which is counted anew. */
const COUNTED = ['segments', 'pictures', 'spread'];

/** What of a concept is not as it is to be, in words; undefined where all is. */
const oddOf = (value: unknown, id: number, channels: number): string | undefined => {
  if (!isObject(value)) return `concept ${id} is no object`;
  const odd = Object.entries(MEMBERS).find(([member, { accepts }]) => !accepts(value[member], id, channels));
  if (odd) return `concept ${id} is to have as its ${odd[0]} ${odd[1].wanted(id, channels)}`;
  const members = [...Object.keys(MEMBERS), ...COUNTED];
  const strange = Object.keys(value).find((member) => !members.includes(member));
  return strange === undefined ? undefined : `concept ${id} has ${JSON.stringify(strange)}, and is to have ${members.join(', ')}`;
};

/** @throws InputError for what is no file of concepts */
const checkedRecord = (text: string, name: string): { encoder: string; concepts: ConceptRecord[]; settings?: unknown; pictures?: unknown } => {
  const bad = (why: string): InputError => new InputError(`${name} holds no concepts (${why}): give a concepts.json, or what its page saved`);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw bad((error as Error).message);
  }
  if (!isObject(value) || value.version !== VERSION) throw bad(`its version is not ${VERSION}`);
  const { encoder, concepts } = value;
  if (typeof encoder !== 'string' || !Array.isArray(concepts) || !isWhole(concepts.length, 1, MOST_CONCEPTS)) throw bad('no encoder, or no concepts');
  const channels: number = concepts[0]?.vectors?.[0]?.length ?? 0;
  const odd = concepts.map((concept, id) => oddOf(concept, id, channels)).find((why) => why !== undefined);
  if (odd !== undefined) throw bad(odd);
  return { ...value, encoder, concepts };
};

/**
 * Concepts of a file that a run wrote, or that its page saved. What it tells of pictures is left aside.
 * @param name of the file, for the sentence
 * @throws InputError for what is no such file
 */
export const readConcepts = (text: string, name: string): { encoder: string; settings?: Record<string, unknown>; concepts: Known[] } => {
  const { encoder, settings, concepts } = checkedRecord(text, name);
  return {
    encoder,
    ...(isObject(settings) && { settings }),
    concepts: concepts.map(({ id, name: called, colour, vectors }) => ({ id, ...(called?.trim() && { name: called }), colour, vectors })),
  };
};

/** By id, 3 bytes each. */
export const conceptColours = (concepts: readonly Pick<ConceptRecord, 'colour'>[]): Uint8Array =>
  Uint8Array.from(concepts.flatMap(({ colour }) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))));

/** What label maps of concepts are told by. */
export interface ConceptNames {
  /** By id; `concept 3` where nobody named it. */
  names: string[];
  /** By id, 3 bytes each. */
  colours: Uint8Array;
  /** What it tells of a label map, which it names below its own folder; undefined where that is nothing. */
  pictureOf(labels: string): ToldPicture | undefined;
}

export interface ToldPicture {
  /** Of the picture itself. */
  path: string;
  /** Of the picture, by concept. */
  shares: ReadonlyMap<number, number>;
}

const sharesOf = (segments: readonly unknown[]): Map<number, number> => {
  const shares = new Map<number, number>();
  for (const segment of segments as readonly (SegmentRecord | undefined)[])
    if (segment) shares.set(segment[1], (shares.get(segment[1]) ?? 0) + Number(segment[2]));
  return shares;
};

/** Of the same files. @throws InputError for what is no such file */
export const readConceptNames = (text: string, name: string): ConceptNames => {
  const { concepts, pictures } = checkedRecord(text, name);
  const told = new Map<string, ToldPicture>();
  for (const picture of Array.isArray(pictures) ? pictures : [])
    if (isObject(picture) && typeof picture.labels === 'string' && typeof picture.path === 'string' && Array.isArray(picture.segments))
      told.set(picture.labels, { path: picture.path, shares: sharesOf(picture.segments) });
  const tails = (path: string): string[] => path.split('/').map((_, from, parts) => parts.slice(from).join('/'));
  return {
    names: concepts.map(({ name: called, id }) => called?.trim() || `concept ${id}`),
    colours: conceptColours(concepts),
    pictureOf: (labels) => {
      const known = tails(labels).find((tail) => told.has(tail));
      return known === undefined ? undefined : told.get(known);
    },
  };
};

/** Places segments in concepts of which some may have several directions. @throws what `placeSegments` does */
export const placeInKnown = async (segments: SegmentVectors, known: readonly Known[], watch: Watch = {}): Promise<Placed> => {
  const rows = known.flatMap(({ id, vectors }) => vectors.map((vector) => ({ id, vector })));
  const channels = rows[0].vector.length;
  const data = Float32Array.from(rows.flatMap(({ vector }) => vector));
  const placed = await placeSegments(segments, checkVectors({ data, count: rows.length, channels }), watch);
  return { ...placed, of: placed.of.map((row) => rows[row].id) };
};
