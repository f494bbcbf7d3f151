/** CLIP's tokenizer from the two files that pipelines carry: byte-level BPE in lower case. */
import { Tokenizer } from '@huggingface/tokenizers';
import { badModel } from '../errors.ts';

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

const parseVocab = (json: string): Record<string, number> => {
  let vocab: unknown;
  try {
    vocab = JSON.parse(json);
  } catch (error) {
    throw badModel(`The tokenizer's vocab.json is not JSON (${(error as Error).message}): get it again`, error);
  }
  if (typeof vocab === 'object' && vocab !== null && (vocab as Record<string, unknown>)[END_TOKEN] === END) return vocab as Record<string, number>;
  throw badModel(`The tokenizer's vocab.json is not CLIP's (${END_TOKEN} is not ${END} in it): get the tokenizer of this model`);
};

/**
 * @param vocabJson vocab.json
 * @param mergesText merges.txt
 * @returns text to ids, without start, end and padding
 * @throws InputError where vocab.json is not CLIP's
 */
export const createTokenizer = (vocabJson: string, mergesText: string): ((text: string) => number[]) => {
  const vocab = parseVocab(vocabJson);
  const merges = mergesText.split('\n').filter((line) => line !== '' && !line.startsWith('#version'));
  const config = { unk_token: END_TOKEN, bos_token: START_TOKEN, eos_token: END_TOKEN, do_lower_case: true };
  const tokenizer = new Tokenizer(definition(vocab, merges), config);
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
};
