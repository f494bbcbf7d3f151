/** Texts to CLIP's vectors, and a vocabulary's: each name in every template. */
import type { TextTower } from '../compile/nets/clip-text.ts';
import type { Session, Tensor } from '../runtime/session.ts';
import { breathe } from '../tensor/watch.ts';
import { createTokenizer, END, START } from '../text/tokenizer.ts';
import type { Watch } from '../types.ts';
import { sentencesOf, TEMPLATES } from './templates.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Tokens that are computed at once: enough for the matrices to be worth their reading, and few enough that a mask of them is small. */
const AT_ONCE = 256;
/** What a token sees nothing of. */
const HIDDEN = -3.4e38;

/** A text's ids: start, words, end. A longer text is cut, as everywhere. What follows the end is never looked at, so nothing does. */
export type Tokenize = (text: string) => number[];

/** @throws InputError for a tokenizer that is not CLIP's */
export const tokenizerOf = (vocab: string, merges: string, { length, vocabulary }: Pick<TextTower, 'length' | 'vocabulary'>): Tokenize => {
  const words = createTokenizer(vocab, merges, vocabulary);
  return (text) => [START, ...words(text).slice(0, length - 2), END];
};

/** Texts one after the other, each seeing itself alone. */
export const packTexts = (texts: readonly (readonly number[])[]): Record<string, Tensor> => {
  const count = texts.reduce((sum, ids) => sum + ids.length, 0);
  const [ids, places, ends] = [new BigInt64Array(count), new BigInt64Array(count), new BigInt64Array(texts.length)];
  const mask = new Float32Array(count * count).fill(HIDDEN);
  let from = 0;
  for (const [t, text] of texts.entries()) {
    for (const [i, id] of text.entries()) {
      ids[from + i] = BigInt(id);
      places[from + i] = BigInt(i);
      mask.fill(0, (from + i) * count + from, (from + i) * count + from + i + 1);
    }
    from += text.length;
    ends[t] = BigInt(from - 1);
  }
  return {
    ids: { data: ids, dims: [count] },
    places: { data: places, dims: [count] },
    mask: { data: mask, dims: [count, count] },
    ends: { data: ends, dims: [texts.length] },
  };
};

/** Texts in groups of so many tokens, at least one each. */
const inGroups = (texts: readonly number[][]): number[][][] => {
  const groups: number[][][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const ids of texts) {
    if (used + ids.length > AT_ONCE) {
      groups.push([]);
      used = 0;
    }
    groups[groups.length - 1].push(ids);
    used += ids.length;
  }
  return groups;
};

/** @returns rows of `dimensions`, a text each, not normalised */
export const embedTexts = async (
  texts: readonly number[][],
  { dimensions }: TextTower,
  session: Session,
  watch: Watch = {},
): Promise<Float32Array> => {
  const out = new Float32Array(texts.length * dimensions);
  let done = 0;
  for (const group of inGroups(texts)) {
    await breathe(watch, 'vocabulary', done, texts.length);
    const { embeddings } = await session.run(packTexts(group), watch.signal);
    out.set(embeddings.data, done * dimensions);
    done += group.length;
  }
  return out;
};

/** Each row brought to unit length, in place. */
export const unitRows = (data: Float32Array, dimensions: number): Float32Array => {
  for (let at = 0; at < data.length; at += dimensions) {
    let sum = 0;
    for (let i = at; i < at + dimensions; i++) sum += data[i] * data[i];
    const by = sum > 0 ? 1 / Math.sqrt(sum) : 0;
    for (let i = at; i < at + dimensions; i++) data[i] *= by;
  }
  return data;
};

/** The mean of each `count` rows. */
const meanRows = (data: Float32Array, dimensions: number, count: number): Float32Array => {
  const out = new Float32Array(data.length / count);
  for (let i = 0; i < data.length; i++) out[Math.floor(i / (count * dimensions)) * dimensions + (i % dimensions)] += data[i] / count;
  return out;
};

/**
 * A vocabulary's vectors, a row each synonym, class by class: the mean over all templates of the text's vector at unit length, at unit
 * length.
 */
export const embedVocabulary = async (
  vocabulary: Vocabulary,
  tokenize: Tokenize,
  tower: TextTower,
  session: Session,
  watch: Watch = {},
): Promise<Float32Array> => {
  const texts = vocabulary.flat().flatMap(sentencesOf).map(tokenize);
  const all = unitRows(await embedTexts(texts, tower, session, watch), tower.dimensions);
  return unitRows(meanRows(all, tower.dimensions, TEMPLATES.length), tower.dimensions);
};
