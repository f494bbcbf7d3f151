/** The server's own description, OpenAPI 3.1: parameters are the tables of options. */
import { ERROR_CODES } from '../../errors.ts';
import type { OptionSpec, Specs } from '../../toolkit.ts';
import { DRAWN, FINISHING, NAMED, SEGMENTING } from './asked-node.ts';

/** What a value may be, as JSON Schema has it. */
const schemaOf = ({ accepts, range, values, wanted, default: fallback }: OptionSpec<unknown>): object => {
  const told = fallback === undefined ? {} : { default: fallback };
  if (accepts(true)) return { type: 'boolean', ...told };
  if (range) return { type: wanted.startsWith('a whole') ? 'integer' : 'number', minimum: range[0], maximum: range[1], ...told };
  if (values) return { type: 'string', enum: values, ...told };
  if (accepts(['name'])) return { type: 'string', description: `${wanted}, with commas between`, ...told };
  return { type: 'string', description: wanted, ...told };
};

const parametersOf = (table: Specs): object[] =>
  Object.entries(table).map(([name, spec]) => ({ name, in: 'query', required: false, description: spec.help, schema: schemaOf(spec) }));

const binary = { schema: {} };
const PICTURE = {
  required: true,
  content: {
    'application/octet-stream': binary,
    'image/*': binary,
    'multipart/form-data': { schema: { type: 'object', properties: { image: { type: 'string', contentMediaType: 'application/octet-stream' } } } },
  },
};
const FILE = {
  description: 'The file: labels as PNG, or the format that was asked for.',
  content: { 'image/png': binary, 'application/json': binary, '*/*': binary },
};
const ID = { name: 'id', in: 'query', required: true, description: 'of the analysis', schema: { type: 'string' } };

const REFUSALS: Record<string, string> = {
  400: 'An option or a body that cannot be meant.',
  401: 'No token, or another one.',
  403: 'Without a token: another machine, or a page of another origin.',
  404: 'No such analysis.',
  408: 'The body did not come.',
  413: 'A body or a picture over the limits.',
  415: 'No picture and no form.',
  422: 'A picture that cannot be read.',
  429: 'The queue is full: ask again after Retry-After seconds.',
  502: 'Label Studio was not reached.',
  503: 'The server ends, or memory ran out.',
  504: 'The picture took too long.',
};

const responses = (answers: Record<string, object>, ...statuses: number[]): object => ({
  ...answers,
  ...Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/${status}` }])),
});

const ok = (description: string, type = 'application/json') => ({ 200: { description, content: { [type]: { schema: {} } } } });
const posted = { required: true, content: { 'application/json': { schema: { type: 'object' } } } };
const ALL = [400, 401, 403, 408, 413, 415, 422, 429, 503, 504];

const pathsOf = (isNaming: boolean) => ({
  '/segment': {
    post: {
      summary: 'A picture to its segments',
      parameters: parametersOf({ ...SEGMENTING, ...(isNaming && NAMED), ...FINISHING }),
      requestBody: PICTURE,
      responses: responses({ 200: FILE }, ...ALL),
    },
  },
  '/analyse': {
    post: {
      summary: 'A picture encoded and cut, kept for /draw',
      parameters: parametersOf(SEGMENTING),
      requestBody: PICTURE,
      responses: responses({ 201: { description: 'id, width, height, options, keep', content: { 'application/json': { schema: {} } } } }, ...ALL),
    },
    delete: { summary: 'Forgets an analysis', parameters: [ID], responses: responses({ 204: { description: 'It is gone.' } }, 401, 403) },
  },
  '/draw': {
    get: {
      summary: 'An analysed picture at any granularity',
      parameters: [ID, ...parametersOf({ ...DRAWN, ...FINISHING })],
      responses: responses({ 200: FILE }, 400, 401, 403, 404, 429, 503, 504),
    },
  },
  '/healthz': { get: { summary: 'Whether it runs', security: [], responses: ok('ok', 'text/plain') } },
  '/readyz': { get: { summary: 'Whether it takes work', security: [], responses: responses(ok('ready', 'text/plain'), 503) } },
  '/metrics': { get: { summary: 'For Prometheus', responses: responses(ok('counters', 'text/plain'), 401, 403) } },
  '/openapi.json': { get: { summary: 'This', responses: responses(ok('OpenAPI 3.1'), 401, 403) } },
  '/': { get: { summary: 'As /health', responses: responses(ok('status'), 401, 403) } },
  '/health': { get: { summary: 'Label Studio: whether it runs', responses: responses(ok('status'), 401, 403) } },
  '/setup': { post: { summary: 'Label Studio: a project', requestBody: posted, responses: responses(ok('model_version'), ...ALL) } },
  '/predict': { post: { summary: 'Label Studio: predictions of tasks', requestBody: posted, responses: responses(ok('results'), ...ALL, 502) } },
  '/webhook': {
    post: { summary: 'Label Studio: what users do', requestBody: posted, responses: responses({ 201: { description: 'Heard.' } }, ...ALL) },
  },
});

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: { error: { type: 'string' }, code: { type: 'string', enum: ERROR_CODES } },
};

/** @param isNaming whether the server names segments */
export const describeApi = (version: string, isNaming: boolean) => ({
  openapi: '3.1.0',
  info: { title: 'diffcut serve', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
  servers: [{ url: '/' }],
  security: [{ token: [] }, { password: [] }, {}],
  paths: pathsOf(isNaming),
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'bearer' }, password: { type: 'http', scheme: 'basic' } },
    responses: Object.fromEntries(
      Object.entries(REFUSALS).map(([status, description]) => [
        status,
        { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
      ]),
    ),
    schemas: { Error: ERROR },
  },
});
