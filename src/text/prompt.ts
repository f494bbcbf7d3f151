/** What a prompt is to the network: the tokens of its text encoders, and their pooled end for SDXL's kinds. */
import { compileTextEncoder, type TextEncoder, type TextTap } from '../compile/nets/clip-text.ts';
import { badModel } from '../errors.ts';
import type { Session } from '../runtime/session.ts';
import type { Pipeline } from '../weights/pipeline.ts';
import { paddingOf } from './padding.ts';
import { createTokenizer, END, START } from './tokenizer.ts';

export interface Prompt {
  /** count x channels. */
  tokens: Float32Array;
  channels: number;
  /** Empty where the network has no use for it. */
  pooled: Float32Array;
}

interface Recipe {
  folder: string;
  tokenizer: string;
  tap: TextTap;
}

/** SDXL's kinds take the last block but one of both encoders, side by side, and the pooled end of the second. */
const RECIPES: Record<'plain' | 'text_time', readonly Recipe[]> = {
  plain: [{ folder: 'text_encoder', tokenizer: 'tokenizer', tap: { skip: 0, pooled: false } }],
  text_time: [
    { folder: 'text_encoder', tokenizer: 'tokenizer', tap: { skip: 1, pooled: false } },
    { folder: 'text_encoder_2', tokenizer: 'tokenizer_2', tap: { skip: 1, pooled: true } },
  ],
};

/** Folders that a prompt needs. */
export const textFolders = (isPooled: boolean): string[] => RECIPES[isPooled ? 'text_time' : 'plain'].map(({ folder }) => folder);

/** Folders that its words need. */
export const tokenizerFolders = (isPooled: boolean): string[] => RECIPES[isPooled ? 'text_time' : 'plain'].map(({ tokenizer }) => tokenizer);

/** Ids of a prompt: start, words, end, padding. A longer text is cut, as everywhere. */
const idsOf = async (
  pipeline: Pipeline,
  folder: string,
  text: string,
  { length, vocabulary }: Pick<TextEncoder, 'length' | 'vocabulary'>,
  padding: number,
): Promise<number[]> => {
  let words: number[] = [];
  if (text !== '') {
    const [vocab, merges] = await Promise.all([pipeline.text(`${folder}/vocab.json`), pipeline.text(`${folder}/merges.txt`)]);
    if (vocab === undefined || merges === undefined)
      throw badModel(
        `${pipeline.name} has no ${folder}/vocab.json and merges.txt, which a prompt needs: get them ("diffcut models pull --keep"), or leave the prompt empty`,
      );
    words = createTokenizer(vocab, merges, vocabulary)(text).slice(0, length - 2);
  }
  const ids = [START, ...words, END];
  return [...ids, ...new Array(length - ids.length).fill(padding)];
};

/** The tokens of several encoders side by side. */
const beside = (parts: readonly { data: Float32Array; channels: number }[]): { tokens: Float32Array; channels: number } => {
  const channels = parts.reduce((sum, part) => sum + part.channels, 0);
  const count = parts[0].data.length / parts[0].channels;
  const tokens = new Float32Array(count * channels);
  let offset = 0;
  for (const part of parts) {
    for (let i = 0; i < count; i++) tokens.set(part.data.subarray(i * part.channels, (i + 1) * part.channels), i * channels + offset);
    offset += part.channels;
  }
  return { tokens, channels };
};

/** Opens a compiled text encoder: diffusion.ts knows how. */
export type OpenGraph = (graph: ReturnType<typeof compileTextEncoder>['graph']) => Promise<Session>;

/**
 * Runs the text encoders, one at a time: each is loaded, used and given back.
 * @param isPooled whether the network takes a pooled prompt, as SDXL's kinds do
 * @throws InputError for a pipeline without text encoders, or without the tokenizer that a text needs
 */
export const encodePrompt = async (pipeline: Pipeline, text: string, isPooled: boolean, open: OpenGraph): Promise<Prompt> => {
  const parts: { data: Float32Array; channels: number }[] = [];
  let pooled = new Float32Array(0);
  for (const { folder, tokenizer, tap } of RECIPES[isPooled ? 'text_time' : 'plain']) {
    const json = await pipeline.config(folder);
    if (!json)
      throw badModel(
        `${pipeline.name} has no ${folder}/config.json: a prompt needs the text encoder (of a model that was pulled, "diffcut models pull --keep" gets it)`,
      );
    const encoder = compileTextEncoder(await pipeline.weights(folder), json, folder, tap);
    const ids = await idsOf(pipeline, tokenizer, text, encoder, await paddingOf(pipeline, tokenizer, json.hidden_act));
    const session = await open(encoder.graph);
    try {
      // Published configs have the end id wrong, so the end is where the highest id first stands, as transformers has it.
      const end = ids.indexOf(Math.max(...ids));
      const inputs = { ids: { data: BigInt64Array.from(ids, BigInt), dims: [ids.length] } };
      const outputs = await session.run(tap.pooled ? { ...inputs, end: { data: BigInt64Array.of(BigInt(end)), dims: [1] } } : inputs);
      parts.push({ data: outputs.tokens.data, channels: encoder.channels });
      if (tap.pooled) pooled = Float32Array.from(outputs.pooled.data);
    } finally {
      await session.dispose();
    }
  }
  return { ...beside(parts), pooled };
};
