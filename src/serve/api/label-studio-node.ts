/**
 * Label Studio's protocol of machine learning backends: it asks for predictions of tasks, and tells of what its users do. Tasks'
 * pictures come from Label Studio itself, whose address and token the command line names: what a request says of either has no say.
 */
import { InputError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import { fetchUrl } from '../../net/fetch-node.ts';
import { fetchBytes, READING } from '../../toolkit.ts';
import { VERSION } from '../../version-node.ts';
import { Refusal } from '../refusal-node.ts';
import type { Handler, RunTask } from './api-node.ts';
import { type Interface, interfaceOf } from './label-config-node.ts';
import { type BodyLimits, readJson } from './posted-node.ts';

/** Where tasks' pictures may come from. */
export interface LabelStudio {
  url: string;
  /** An access token of its: a legacy one, or a personal one (JWT). */
  token?: string | undefined;
}

export interface LabelStudioConfig {
  run: RunTask;
  limits: BodyLimits;
  maxPixels: number;
  /** Tasks that are worked on at a time. */
  count: number;
  encoder: string;
  studio: LabelStudio | undefined;
  log(line: string): void;
}

/** Tasks of a request; Label Studio sends all that were selected. */
const MOST_TASKS = 1000;

/** Where Label Studio has pictures: nothing else of it is asked for. */
const PLACES = ['/data/', '/storage-data/'];

const DATA_URL = /^data:[^,;]{0,100}(?:;[^,;]{0,100})*;base64,/i;

/** An address of Label Studio's own, which may be served below a path. */
const below = ({ url }: LabelStudio, path: string): URL => new URL(url.replace(/\/+$/, '') + path);

/** A slash or a backslash that whoever stands before Label Studio may take for one. */
const HIDDEN_SLASH = /%2f|%5c/i;

/** @throws InputError for an address that is none of Label Studio's pictures */
const addressOf = (text: string, studio: LabelStudio | undefined): URL => {
  if (!studio)
    throw new InputError('The pictures of tasks come from Label Studio: start diffcut serve with --label-studio-url', { code: 'E_OPTION' });
  const base = below(studio, '/');
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  const path = url?.pathname.startsWith(base.pathname) ? url.pathname.slice(base.pathname.length - 1) : url?.pathname;
  if (!url || !path || url.origin !== base.origin || !PLACES.some((place) => path.startsWith(place)) || HIDDEN_SLASH.test(path))
    throw new InputError(`Only pictures that Label Studio at ${base.origin} holds itself are read, not ${JSON.stringify(text.slice(0, 100))}`);
  return below(studio, path + url.search);
};

/** Of a personal access token the one that requests are made with: it lives for minutes. */
const accessOf = async (studio: LabelStudio, signal: AbortSignal): Promise<string | undefined> => {
  const { token } = studio;
  if (token === undefined) return undefined;
  if (token.split('.').length !== 3) return `Token ${token}`;
  const body = JSON.stringify({ refresh: token });
  const headers = { 'content-type': 'application/json' };
  try {
    const answer = await fetch(below(studio, '/api/token/refresh'), { method: 'POST', body, headers, redirect: 'error', signal });
    const { access } = (await answer.json()) as { access?: unknown };
    if (answer.ok && typeof access === 'string') return `Bearer ${access}`;
  } catch (error) {
    signal.throwIfAborted();
    throw new InputError('Label Studio could not be asked for access: check --label-studio-url', { code: 'E_NETWORK', cause: error });
  }
  throw new InputError('Label Studio gives no access for this token: check --label-studio-token', { code: 'E_NETWORK' });
};

const pictureOf = async (text: unknown, studio: LabelStudio | undefined, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> => {
  if (typeof text !== 'string') throw new InputError('The task has no picture where its labeling interface says');
  if (DATA_URL.test(text)) return new Uint8Array(Buffer.from(text.slice(text.indexOf(',') + 1), 'base64'));
  const url = addressOf(text, studio);
  const authorization = studio && (await accessOf(studio, signal));
  const limits = { maxBytes, timeout: READING.timeout.default, allowPrivate: false, signal };
  return fetchBytes(url, limits, (address, asked) =>
    fetchUrl(address, { ...asked, headers: { ...asked.headers, ...(authorization && { authorization }) } }),
  );
};

/** In order, so many at a time. */
const each = async <T, R>(items: readonly T[], most: number, work: (item: T) => Promise<R>): Promise<R[]> => {
  const out: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) out[at] = await work(items[at]);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return out;
};

const dataOf = (task: unknown): Record<string, unknown> => (task as { data?: Record<string, unknown> } | null)?.data ?? {};

/** The routes, and what each answers. */
export const labelStudioRoutes = (config: LabelStudioConfig): (readonly [method: string, path: string, handler: Handler])[] => {
  const { run, limits, maxPixels, count, encoder, studio, log } = config;
  const version = `diffcut-${VERSION}-${encoder}`;
  const json = (request: Request) => readJson(request, limits, parseJson);

  const regionsOf = async (task: unknown, { member, control }: Interface, signal: AbortSignal): Promise<object[]> => {
    const source = await pictureOf(dataOf(task)[member], studio, limits.maxBytes, signal);
    const result = await run({ kind: 'predict', source, options: {}, maxPixels, control }, signal);
    return (result as { regions: object[] }).regions;
  };

  /**
   * A task whose picture cannot be read has no prediction: with an empty one Label Studio would hold it for done, and not ask again.
   * Where that is so of all, the first reason is the answer.
   */
  const predict: Handler = async (request, signal) => {
    const { tasks, label_config: config } = await json(request);
    if (!Array.isArray(tasks) || tasks.length > MOST_TASKS) throw new Refusal(400, `tasks is to be a list of at most ${MOST_TASKS}`);
    const shown = interfaceOf(config);
    const errors: unknown[] = [];
    const results = await each(tasks, count, async (task) => {
      try {
        return { model_version: version, score: 1, result: await regionsOf(task, shown, signal) };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof InputError)) throw error;
        errors.push(error);
        log(`/predict: ${error.message}`);
        return [];
      }
    });
    if (tasks.length > 0 && errors.length === tasks.length) throw errors[0];
    return Response.json({ results });
  };

  const setup: Handler = async (request) => {
    const { schema } = await json(request);
    if (typeof schema === 'string' && schema.includes('<Image')) interfaceOf(schema); // a new project has none yet
    return Response.json({ model_version: version });
  };

  /** Nothing is learnt from what users do. */
  const webhook: Handler = async (request) => {
    await json(request);
    return Response.json({ status: 'ok', result: null }, { status: 201 });
  };

  const health: Handler = async () => Response.json({ status: 'UP', model_class: 'diffcut', model_version: version });
  return [
    ['GET', '/', health],
    ['GET', '/health', health],
    ['POST', '/setup', setup],
    ['POST', '/predict', predict],
    ['POST', '/webhook', webhook],
  ];
};
