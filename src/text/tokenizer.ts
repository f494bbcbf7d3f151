/** CLIP's tokenizer from the two files that pipelines carry: byte-level BPE in lower case. */
import { Tokenizer } from '@huggingface/tokenizers';
import { badModel, shortened } from '../errors.ts';
import { jsonObject } from '../json.ts';
import { isWhole } from '../options/spec.ts';

/** Ids of CLIP's vocabulary, in every one of its text encoders. */
export const START = 49_406;
export const END = 49_407;

const START_TOKEN = '<|startoftext|>';
export const END_TOKEN = '<|endoftext|>';
const WORDS = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

/** What transformers' CLIPTokenizer does, as a tokenizer.json. */
const definition = (vocab: Record<string, number>, merges: string[]): object => ({
  version: '1.0',
  added_tokens: [
    { id: START, content: START_TOKEN, single_word: false, lstrip: false, rstrip: false, normalized: true, special: true },
    { id: END, content: END_TOKEN, single_word: false, lstrip: false, rstrip: false, normalized: true, special: true },
  ],
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' }, { type: 'Lowercase' }],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: WORDS }, behavior: 'Removed', invert: true },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    ],
  },
  post_processor: null,
  decoder: null,
  model: {
    type: 'BPE',
    unk_token: END_TOKEN,
    continuing_subword_prefix: '',
    end_of_word_suffix: '</w>',
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab,
    merges,
  },
});

const NOT_IT = 'get the tokenizer of this model again';

/** A word's id would be read from the embedding beside another's, or from outside of it. @throws InputError that names the word */
const checkIds = (vocab: Record<string, unknown>, size: number): Record<string, number> => {
  const words = new Map<unknown, string>();
  for (const [word, id] of Object.entries(vocab)) {
    if (!isWhole(id, 0, size - 1))
      throw badModel(
        `The tokenizer's vocab.json gives ${quoted(word)} the id ${quoted(id)}, and ids are whole numbers from 0 to ${size - 1}: ${NOT_IT}`,
      );
    const other = words.get(id);
    if (other !== undefined) throw badModel(`The tokenizer's vocab.json gives ${quoted(other)} and ${quoted(word)} the same id, ${id}: ${NOT_IT}`);
    words.set(id, word);
  }
  return vocab as Record<string, number>;
};

const quoted = (value: unknown): string => shortened(JSON.stringify(value));

const parseVocab = (json: string, size: number): Record<string, number> => {
  const vocab = jsonObject(json, "The tokenizer's vocab.json");
  if (vocab[END_TOKEN] !== END)
    throw badModel(`The tokenizer's vocab.json is not CLIP's (${END_TOKEN} is not ${END} in it): get the tokenizer of this model`);
  return checkIds(vocab, size);
};

/** @throws InputError for a line that does not join two words to a third */
const parseMerges = (text: string, vocab: Record<string, number>): string[] =>
  text.split(/\r?\n/).filter((line, at) => {
    if (line === '' || (at === 0 && line.startsWith('#version'))) return false;
    const parts = line.split(' ');
    if (parts.length === 2 && [...parts, parts.join('')].every((word) => Object.hasOwn(vocab, word))) return true;
    throw badModel(`Line ${at + 1} of the tokenizer's merges.txt, ${quoted(line)}, does not join two words of vocab.json to a third: ${NOT_IT}`);
  });

/**
 * @param vocabJson vocab.json
 * @param mergesText merges.txt
 * @param size words of the text encoder's embedding
 * @returns text to ids, without start, end and padding
 * @throws InputError where vocab.json is not CLIP's, or an id or a merge cannot be
 */
export const createTokenizer = (vocabJson: string, mergesText: string, size = END + 1): ((text: string) => number[]) => {
  const vocab = parseVocab(vocabJson, size);
  const config = { unk_token: END_TOKEN, bos_token: START_TOKEN, eos_token: END_TOKEN, do_lower_case: true };
  const tokenizer = new Tokenizer(definition(vocab, parseMerges(mergesText, vocab)), config);
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
};
