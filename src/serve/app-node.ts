/** The server of the studio as a function of requests: the page, the pictures of the command line, and features and names computed here. */
import { basename } from 'node:path';
import { type Context, Hono } from 'hono';
import { type ENCODER, type Given, InputError, MODELS, NAMERS, pulledModels } from '../toolkit.ts';
import type { FeatureMap } from '../types.ts';
import { VERSION } from '../version-node.ts';
import { makeFeatures, type OpenEncoder } from './features-node.ts';
import { sendPackaged, sendPage, sendPicture } from './files-node.ts';
import { checkRequest } from './guard-node.ts';
import type { Input } from './inputs-node.ts';
import { makeNames, type OpenNamer } from './names-node.ts';
import { HEADERS } from './policy.ts';
import { answerOf, Refusal } from './refusal-node.ts';
import { newTurns } from './turns-node.ts';

export interface StudioConfig {
  /** The secret in the address: all of it lies below `/<token>/`. */
  token: string;
  /** That is listened on. */
  port: number;
  /** Of the built page. */
  folder: string;
  /** Pictures of the command line, which the page may ask for. */
  inputs: readonly Input[];
  device?: Given<typeof ENCODER>['device'];
  /** In the place of `openEncoder` and `openNamer`. */
  open?: OpenEncoder;
  openNamer?: OpenNamer;
  /** Milliseconds in which something of a body has to come (30,000). */
  patience?: number;
  /** Is told what nobody foresaw; the page is not. */
  report?: (error: unknown) => void;
}

export interface Studio {
  fetch(request: Request): Response | Promise<Response>;
  /** Stops what is computed and closes the models. */
  close(): Promise<void>;
}

/** What is posted to; all else is asked for. */
const POSTED = ['features', 'names'];

/** What the page is told of the encoders, and of what names regions. */
const about = async ({ device = 'auto' }: StudioConfig): Promise<object> => {
  const here = new Map((await pulledModels()).filter(({ error }) => error === undefined).map(({ name, bytes }) => [name, bytes]));
  const encoders = MODELS.map(({ name, what, kind, size, multiple, sizes, gridStep, solver, licence, note, ...row }) => {
    const isHere = kind === 'embedded' || here.has(name);
    return { name, what, here: isHere, bytes: here.get(name) ?? row.bytes, size, multiple, sizes, gridStep, solver, licence, note };
  });
  const namers = NAMERS.map(({ name, what, bytes, licence, note }) => {
    return { name, what, here: here.has(name), bytes: here.get(name) ?? bytes, licence, note };
  });
  return { version: VERSION, machine: 'this computer', device, encoders, namers };
};

const inputAt = ({ inputs }: StudioConfig, id: string): Input => {
  const input = /^\d{1,9}$/.test(id) ? inputs[Number(id)] : undefined;
  if (!input) throw new Refusal(404, 'There is no such picture: ask for the list again', 'E_FILE');
  return input;
};

/** The numbers themselves, little-endian as all machines have them that onnxruntime runs on; what they are stands in the headers. */
const sendFeatures = ({ data, width, height, channels, origin }: FeatureMap): Response =>
  new Response(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength), {
    headers: {
      'content-type': 'application/octet-stream',
      'x-features-shape': [height, width, channels].join(),
      'x-features-origin': encodeURIComponent(JSON.stringify(origin)),
    },
  });

const sendError = (c: Context, error: unknown, isOfApi: boolean): Response => {
  const { status, ...told } = answerOf(error);
  c.status(status as 400);
  return isOfApi ? c.json(told) : c.text(`${told.error}\n`);
};

/** The server, without a socket. */
export const createStudio = (config: StudioConfig): Studio => {
  const { token, folder, inputs, report } = config;
  const turns = newTurns(config.patience);
  const features = makeFeatures(turns, { device: config.device }, config.open);
  const names = makeNames(turns, { device: config.device }, config.openNamer);
  const base = `/${token}`;
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
  });
  app.use(async (c, next) => {
    checkRequest(c.req.raw, c.req.path, config);
    const method = POSTED.some((name) => c.req.path === `${base}/api/${name}`) ? 'POST' : 'GET';
    if (c.req.method !== method) {
      c.header('allow', method);
      throw new Refusal(405, `Only ${method} is answered here`);
    }
    await next();
  });
  app.onError((error, c) => {
    if (!c.req.raw.signal.aborted && !(error instanceof InputError)) report?.(error);
    return sendError(c, error, c.req.path.startsWith(`${base}/api/`));
  });
  app.get(base, (c) => c.redirect(`${base}/`, 308));
  app.get(`${base}/api/about`, async (c) => c.json(await about(config)));
  app.get(`${base}/api/inputs`, (c) => c.json(inputs.map(({ path, bytes }, i) => ({ id: String(i), name: basename(path), bytes }))));
  app.get(`${base}/api/inputs/:id`, (c) => sendPicture(inputAt(config, c.req.param('id')).path));
  app.post(`${base}/api/features`, async (c) => sendFeatures(await features.make(c.req.raw)));
  app.post(`${base}/api/names`, async (c) => c.json(await names.make(c.req.raw)));
  app.get(`${base}/*`, async (c) => {
    const [, , ...path] = new URL(c.req.url).pathname.split('/');
    return (await sendPackaged(path.join('/'))) ?? sendPage(folder, path.join('/'), c.req.header('accept-encoding') ?? '');
  });
  const close = async (): Promise<void> => {
    turns.close();
    await Promise.all([features.close(), names.close()]);
  };
  return { fetch: (request) => app.fetch(request), close };
};
