/** The empty prompt is the same for every picture: it comes with a pulled model, and is kept for other ones. */

import { identityOf, keep, kept } from '#store/keep';
import { noneIfBad } from '../errors.ts';
import { blobSource } from '../files/source.ts';
import { cacheKey } from '../store/cache-key.ts';
import { bytesOf } from '../tensor/bytes.ts';
import type { Pipeline } from '../weights/pipeline.ts';
import { readHeader, writeHeader } from '../weights/safetensors.ts';
import { readFloats, tensorsOf, type Weights, weightsOf } from '../weights/weights.ts';
import { paddingOf } from './padding.ts';
import { type Prompt, textFolders, tokenizerFolders } from './prompt.ts';

/** Names of its two tensors. */
export const TOKENS = 'prompt_embeds';
export const POOLED = 'pooled';

/** A prompt's tensors, in the order of `promptBytes`. */
const promptTensors = ({ tokens, channels, pooled }: Prompt): [string, { dtype: string; shape: number[]; bytes: number }][] => [
  [TOKENS, { dtype: 'F32', shape: [tokens.length / channels, channels], bytes: tokens.byteLength }],
  [POOLED, { dtype: 'F32', shape: [pooled.length], bytes: pooled.byteLength }],
];

export const promptBytes = ({ tokens, pooled }: Prompt): Record<string, Uint8Array> => ({ [TOKENS]: bytesOf(tokens), [POOLED]: bytesOf(pooled) });

/** A prompt from its two tensors. */
const promptOf = async (weights: Weights): Promise<Prompt> => {
  const shape = weights.shapeOf(TOKENS) as [number, number];
  const tokens = await readFloats(weights.take(TOKENS, shape));
  const pooled = weights.has(POOLED) ? await readFloats(weights.take(POOLED, weights.shapeOf(POOLED) as [number])) : new Float32Array(0);
  return { tokens, channels: shape[1], pooled };
};

const fromBytes = async (bytes: Uint8Array): Promise<Prompt> => {
  const source = blobSource('the kept prompt', new Blob([bytes as Uint8Array<ArrayBuffer>]));
  return promptOf(weightsOf(tensorsOf(source, await readHeader(source))));
};

const toBytes = async (prompt: Prompt): Promise<Uint8Array> => {
  const bytes = promptBytes(prompt);
  const parts = [writeHeader(promptTensors(prompt)), bytes[TOKENS], bytes[POOLED]] as Uint8Array<ArrayBuffer>[];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
};

/** The files that the prompt comes from, as a key; undefined where they are not known well enough to keep it. */
const keyOf = async (pipeline: Pipeline, text: string, isPooled: boolean): Promise<string | undefined> => {
  const parts: string[] = [];
  for (const [i, folder] of textFolders(isPooled).entries()) {
    const config = await pipeline.config(folder);
    const identity = config && (await identityOf((await pipeline.weights(folder)).sources()));
    if (identity === undefined) return undefined;
    const padding = await paddingOf(pipeline, tokenizerFolders(isPooled)[i], config?.hidden_act);
    parts.push(JSON.stringify(config), identity, String(padding));
  }
  return cacheKey('prompts', [text, ...parts]);
};

/** The prompt that the pipeline carries, the one that is kept, or what `make` gives, which is kept from then on. */
export const keptPrompt = async (pipeline: Pipeline, text: string, isPooled: boolean, make: () => Promise<Prompt>): Promise<Prompt> => {
  if (text === '' && pipeline.constants?.has(TOKENS)) return promptOf(pipeline.constants);
  const key = await keyOf(pipeline, text, isPooled);
  const bytes = key === undefined ? undefined : await kept('prompts', key);
  const before = bytes && (await fromBytes(bytes).catch(noneIfBad));
  if (before) return before;
  const prompt = await make();
  if (key !== undefined) await keep('prompts', key, await toBytes(prompt));
  return prompt;
};
