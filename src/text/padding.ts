/** The token that fills a prompt up to its length. */
import { badModel } from '../errors.ts';
import { jsonObject } from '../json.ts';
import type { Pipeline } from '../weights/pipeline.ts';
import { END, END_TOKEN } from './tokenizer.ts';

type Json = Record<string, unknown>;

const IDS: Readonly<Record<string, number>> = { '!': 0, [END_TOKEN]: END };

const jsonOf = async (pipeline: Pipeline, path: string): Promise<Json | undefined> => {
  const text = await pipeline.text(path);
  return text === undefined ? undefined : jsonObject(text, JSON.stringify(`${pipeline.name}/${path}`));
};

/** Written out, a token is an object. */
const contentOf = (token: unknown): unknown => (typeof token === 'object' && token !== null ? (token as Json).content : token);

/** Files that say it. */
export const paddingFiles = (folder: string): string[] => [`${folder}/tokenizer_config.json`, `${folder}/special_tokens_map.json`];

/**
 * By the tokenizer's files as transformers reads them (4.57.3 and 5.24.0, tried): special_tokens_map.json goes before
 * tokenizer_config.json, unless that one has `added_tokens_decoder`, as newer ones have: then it stands alone. SD 2.1's two
 * files differ, and so "!" is meant. Without both files OpenCLIP's encoders, which have the plain GELU, are padded with
 * "!", OpenAI's with the end token: so are the published ones.
 * @param folder of the tokenizer
 * @throws InputError for another token
 */
export const paddingOf = async (pipeline: Pipeline, folder: string, hiddenAct: unknown): Promise<number> => {
  const [config, map] = await Promise.all(paddingFiles(folder).map((path) => jsonOf(pipeline, path)));
  if (!config && !map) return hiddenAct === 'gelu' ? 0 : END;
  const isAlone = config && Object.hasOwn(config, 'added_tokens_decoder');
  const token = contentOf((isAlone ? undefined : map?.pad_token) ?? config?.pad_token) ?? END_TOKEN;
  if (typeof token === 'string' && Object.hasOwn(IDS, token)) return IDS[token];
  throw badModel(
    `${pipeline.name}: the tokenizer in ${folder}/ pads with ${JSON.stringify(token)}, which is not supported: ${Object.keys(IDS).join(' and ')} are`,
  );
};
