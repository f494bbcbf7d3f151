/** Options of where a model's files come from. */
import { READING } from './segment.ts';
import { flag, number, optional } from './spec.ts';

/** `urlFiles(base, options)`. */
export const URL_FILES = {
  /** in the place of the platform's (a function) */
  fetch: optional<typeof fetch>('a function', (v) => typeof v === 'function', "in the place of the platform's"),
  /** sent with every request; to another host, where one redirects there, only the range is (an object of texts) */
  headers: optional<Record<string, string>>(
    'an object of texts',
    (v) => typeof v === 'object' && v !== null,
    'sent with every request; to another host, where one redirects there, only the range is',
  ),
  /** seconds that a server may send nothing (a number from 0.001 to 86400; default: 60) */
  timeout: number(60, 0.001, 86_400, 'seconds that a server may send nothing'),
  allowPrivate: READING.allowPrivate,
};

/** `pullModel(name, options)`. */
export const PULL_MODEL = {
  /** of the model's repository; main where not given (a branch, a tag or a commit) */
  revision: optional<string>('a branch, a tag or a commit', (v) => typeof v === 'string', "of the model's repository; main where not given"),
  /** in the layout of the repository: what it has is not fetched (a folder) */
  from: optional<string>('a folder', (v) => typeof v === 'string', 'in the layout of the repository: what it has is not fetched'),
  /** the text encoders stay, where the model has some (true or false; default: false) */
  keep: flag(false, 'the text encoders stay, where the model has some'),
  /** whole files are fetched and held against the hub's SHA-256, instead of the ranges that are needed (true or false; default: false) */
  whole: flag(false, "whole files are fetched and held against the hub's SHA-256, instead of the ranges that are needed"),
  /**
   * diffusion, ViT: of SD 1 and 2: attention gets the whole UNet, which the solver diffseg looks at, 1.4 GB more; a model
   * that has it keeps it where nothing is said (one of tokens, attention)
   */
  tap: optional<'tokens' | 'attention'>(
    'one of tokens, attention',
    (v) => v === 'tokens' || v === 'attention',
    'of SD 1 and 2: attention gets the whole UNet, which the solver diffseg looks at, 1.4 GB more; a model that has it keeps it where nothing is said',
  ),
  /** told a line for people (a function) */
  say: optional<(line: string) => void>('a function', (v) => typeof v === 'function', 'told a line for people'),
};
