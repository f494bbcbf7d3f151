/** `diffcut serve` as a function of requests: pictures in, labels or files of any format out. */
import { type Context, Hono } from 'hono';
import { getMimeType } from 'hono/utils/mime';
import { type ErrorCode, InputError } from '../../errors.ts';
import type { Lanes } from '../../lanes/lanes.ts';
import { type AskedGranularity, type DrawOptions, describe, draw, inTurn, type Resolved, recordOf, type SERVE, usedOptions } from '../../toolkit.ts';
import { VERSION } from '../../version-node.ts';
import { answerOf, ended, Refusal } from '../refusal-node.ts';
import { admission, RETRY_AFTER } from './admission-node.ts';
import { keepAnalyses } from './analyses-node.ts';
import { askedOf, DRAWN, type NamesModel, SEGMENTING } from './asked-node.ts';
import { checkCaller } from './caller-node.ts';
import { type LabelStudio, labelStudioRoutes } from './label-studio-node.ts';
import { countRequests } from './metrics-node.ts';
import { describeApi } from './openapi-node.ts';
import { type BodyLimits, readPosted } from './posted-node.ts';
import { type ApiResult, type ApiTask, fileOf, type Sent } from './work-node.ts';

export interface ApiConfig extends Omit<Resolved<typeof SERVE>, 'jobs' | 'queue'> {
  lanes: Lanes<ApiTask, ApiResult>;
  /** Of the lanes, as answers tell it. */
  encoder: string;
  /** What names segments, where requests may ask for that. */
  names?: NamesModel | undefined;
  /** Requests that may wait. */
  queue: number;
  /** Wanted of every caller; where there is none, programs of this machine alone are answered. */
  token?: string | undefined;
  labelStudio?: LabelStudio | undefined;
  /** Gets a line a request. */
  log?: (line: string) => void;
  /** Is told what nobody foresaw; the client is not. */
  report?: (error: unknown) => void;
}

export interface Api {
  fetch(request: Request): Response | Promise<Response>;
  /** Opens an encoder; `/readyz` says 503 until then. @throws what keeps it from being opened */
  open(): Promise<void>;
  /** Takes no more work, lets what is worked on end, and closes the lanes. @param most milliseconds that it may take */
  close(most: number): Promise<void>;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  E_INPUT: 422,
  E_FILE: 422,
  E_OPTION: 400,
  E_NETWORK: 502,
  E_MEMORY: 503,
  E_MODEL: 500,
  E_DEVICE: 500,
};
const UNFORESEEN = 'Something went wrong that nobody foresaw: the log of the server says what';

/** Statuses with which a client is to come again. */
const AGAIN = [429, 503];
/** Of a client that hung up: nobody hears it but the log. */
const HUNG_UP = 499;

/** Answered without the token: what a supervisor asks. */
const OPEN = ['/healthz', '/readyz'];

const TYPES: Record<string, string> = { '.geojson': 'application/geo+json', '.zip': 'application/zip', '.npy': 'application/octet-stream' };

const sendFile = ({ bytes, suffix, width, height, segments }: Sent): Response => {
  const ending = suffix.slice(suffix.lastIndexOf('.'));
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': TYPES[ending] ?? getMimeType(suffix) ?? 'application/octet-stream',
      'x-picture-size': `${width},${height}`,
      'x-segments': String(segments),
    },
  });
};

/** What a route is given beside the request: an abort when the client hangs up or the server ends. */
export type Handler = (request: Request, signal: AbortSignal) => Promise<Response>;
/** @throws Refusal: 413 for a picture over the limit, 504 for one that takes too long; else what the lane's work does */
export type RunTask = (task: ApiTask, signal: AbortSignal) => Promise<Exclude<ApiResult, { large: unknown }>>;

/** Work that may take so many seconds from when it begins. @throws Refusal (504) once it takes longer */
const limited = async <T>(seconds: number, signal: AbortSignal, work: (signal: AbortSignal, begin: () => void) => Promise<T>): Promise<T> => {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    timer = setTimeout(() => late.abort(new Refusal(504, `The picture took longer than ${seconds} s`)), seconds * 1000);
  };
  try {
    return await work(AbortSignal.any([signal, late.signal]), begin);
  } finally {
    clearTimeout(timer);
  }
};

const runner = ({ lanes, seconds, maxMegapixels }: ApiConfig, done: () => void): RunTask => {
  return async (task, asked) => {
    const result = await limited(seconds, asked, (signal, begin) => lanes.run(task, { signal, begin }));
    if (!('large' in result)) {
      done();
      return result;
    }
    const [width, height] = result.large;
    throw new Refusal(413, `A picture of ${width} x ${height} pixels is too large: at most ${maxMegapixels} megapixels are taken`);
  };
};

/** The server, without a socket. */
export const createApi = (config: ApiConfig): Api => {
  const { lanes, encoder, names, queue, token, keep, report = () => {}, log = () => {} } = config;
  const maxPixels = Math.round(config.maxMegapixels * 1e6);
  const limits: BodyLimits = { maxBytes: Math.round(config.maxMegabytes * 1e6), seconds: config.seconds };
  const metrics = countRequests();
  const door = admission(lanes.count + queue);
  const analyses = keepAnalyses(keep);
  const drawing = inTurn();
  const stop = new AbortController();
  const run = runner(config, metrics.picture);
  let isReady = false;

  const segment: Handler = async (request, signal) => {
    const { source, name, given } = await readPosted(request, limits);
    const { options, finish } = askedOf('/segment', SEGMENTING, given, request.headers.get('accept') ?? '', names);
    const result = await run({ kind: 'file', source, ...(name && { name }), options, finish, maxPixels }, signal);
    return sendFile((result as { sent: Sent }).sent);
  };

  const analyse: Handler = async (request, signal) => {
    const { source, given } = await readPosted(request, limits);
    const { options } = askedOf('/analyse', SEGMENTING, given, '');
    const { analysis } = (await run({ kind: 'analyse', source, options, maxPixels }, signal)) as Extract<ApiResult, { analysis: unknown }>;
    const { width, height } = analysis.picture;
    return Response.json({ id: analyses.keep(analysis), width, height, options: analysis.options, keep }, { status: 201 });
  };

  /** Here, where the analysis is: one at a time, with pauses in which the server answers others. */
  const drawn: Handler = async (request, asker) => {
    const given = new URLSearchParams(new URL(request.url).searchParams);
    const analysis = analyses.get(given.get('id') ?? '');
    given.delete('id');
    const { options, finish } = askedOf('/draw', DRAWN, given, request.headers.get('accept') ?? '');
    const { price, ease, join, tau, ...how } = options as AskedGranularity & DrawOptions;
    const asked = { price, ease, join, tau };
    const sentOf = async (signal: AbortSignal): Promise<Sent> => {
      const { lost, ...map } = await draw(analysis, asked, { ...how, signal });
      const { labels, segments } = await describe(map, analysis.picture, { signal });
      const record = recordOf({ picture: analysis.picture, options: usedOptions(analysis, asked, how), lost, version: VERSION, segments });
      return fileOf({ image: analysis.picture, labels, segments, record }, finish, { signal });
    };
    const sent = await drawing(() =>
      limited(config.seconds, asker, (signal, begin) => {
        begin();
        return sentOf(signal);
      }),
    );
    return sendFile(sent);
  };

  const remove: Handler = async (request) => {
    analyses.remove(new URL(request.url).searchParams.get('id') ?? '');
    return new Response(null, { status: 204 });
  };

  /** A handler within the limits of the queue. */
  const work = (handler: Handler) => (c: Context) => door.admit(() => handler(c.req.raw, AbortSignal.any([c.req.raw.signal, stop.signal])));
  const gauges = (): Record<string, number> => ({
    diffcut_requests_inside: door.inside,
    diffcut_lanes: lanes.count,
    process_resident_memory_bytes: process.memoryUsage.rss(),
  });

  const app = new Hono();
  const routes = new Map<string, string[]>();
  const on = (method: string, path: string, handler: (c: Context) => Response | Promise<Response>): void => {
    routes.set(path, [...(routes.get(path) ?? []), method]);
    app.on(method, path, handler);
  };
  const fail = (c: Context, error: unknown): Response => {
    if (!(error instanceof InputError) && !c.req.raw.signal.aborted) report(error);
    const { status, ...told } = answerOf(error, STATUS, UNFORESEEN);
    if (AGAIN.includes(status)) c.header('retry-after', String(RETRY_AFTER));
    if (status === 401) c.header('www-authenticate', 'Bearer realm="diffcut", Basic realm="diffcut"');
    return c.json(told, status as 400);
  };
  app.use(async (c, next) => {
    const start = performance.now();
    try {
      await next();
    } catch (error) {
      c.res = fail(c, error); // hono hands on what is no Error, such as the reason of a client that hung up
    }
    const seconds = (performance.now() - start) / 1000;
    const status = c.req.raw.signal.aborted ? HUNG_UP : c.res.status;
    const route = routes.has(c.req.path) ? c.req.path : 'other';
    metrics.answered(route, status, seconds);
    log(`${c.req.method} ${c.req.path.slice(0, 200)} ${status} ${seconds.toFixed(3)} s ${c.res.headers.get('x-picture-size') ?? '-'}`);
    for (const [name, value] of [
      ['cache-control', 'no-store'],
      ['x-content-type-options', 'nosniff'],
    ])
      c.res.headers.set(name, value);
  });
  app.use(async (c, next) => {
    if (token === undefined || !OPEN.includes(c.req.path)) checkCaller(c.req.raw, token);
    const methods = routes.get(c.req.path);
    if (!methods) throw new Refusal(404, 'There is no such address: /openapi.json tells which there are', 'E_FILE');
    const asGet = c.req.method === 'HEAD' ? 'GET' : c.req.method; // hono answers it as GET, without the body
    if (!methods.includes(asGet)) {
      c.header('allow', methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', '));
      throw new Refusal(405, `Only ${methods.join(' and ')} is answered here`);
    }
    await next();
  });
  app.onError((error, c) => fail(c, error));

  on('POST', '/segment', work(segment));
  on('POST', '/analyse', work(analyse));
  on('DELETE', '/analyse', (c) => remove(c.req.raw, stop.signal));
  on('GET', '/draw', work(drawn));
  on('GET', '/healthz', (c) => c.text('ok\n'));
  on('GET', '/readyz', (c) => (isReady && !door.isClosing ? c.text('ready\n') : c.text('not ready\n', 503)));
  on('GET', '/metrics', (c) => c.text(metrics.text(gauges()), 200, { 'content-type': 'text/plain; version=0.0.4' }));
  on('GET', '/openapi.json', (c) => c.json(describeApi(VERSION, names !== undefined)));
  for (const [method, path, handler] of labelStudioRoutes({ run, limits, maxPixels, count: lanes.count, encoder, studio: config.labelStudio, log })) {
    on(method, path, method === 'GET' ? (c) => handler(c.req.raw, stop.signal) : work(handler));
  }
  return {
    fetch: (request) => app.fetch(request),
    async open() {
      await lanes.open();
      isReady = true;
    },
    async close(most) {
      const timer = setTimeout(() => stop.abort(ended('diffcut serve')), most);
      await door.close();
      clearTimeout(timer);
      analyses.clear();
      await lanes.close();
    },
  };
};
