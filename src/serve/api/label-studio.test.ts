/** Label Studio's protocol, by requests as its own client makes them. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { lanesHere } from '../../lanes/lanes.ts';
import { type Encoder, encodePng, MODELS } from '../../toolkit.ts';
import { createApi } from './api-node.ts';
import { interfaceOf } from './label-config-node.ts';
import { apiWork } from './work-node.ts';

const encoder: Encoder = {
  name: 'embedded',
  row: MODELS[0],
  device: 'cpu',
  inputSize: () => [64, 64],
  encode: async () => ({
    data: Float32Array.from({ length: 32 }, (_, i) => Number((i >> 1) % 4 < 2 === (i % 2 === 0))),
    width: 4,
    height: 4,
    channels: 2,
  }),
  dispose: async () => {},
};
const png = await encodePng({ data: new Uint8Array(16 * 12 * 3).map((_, i) => (i % 48 < 24 ? 30 : 200)), width: 16, height: 12 });
const ring = await encodePng({
  data: new Uint8Array(96 * 96 * 3).map((_, i) =>
    Math.max(Math.abs((Math.floor(i / 3) % 96) - 48), Math.abs(Math.floor(i / 288) - 48)) < 24 ? 20 : 230,
  ),
  width: 96,
  height: 96,
});
const inText = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;

const BRUSHES = `<View>
  <!-- <Image name="no" value="$no"/> -->
  <Image name="img" value="$photo" zoom="true"/>
  <BrushLabels name="brush" toName="img"><Label value="A &amp; B" background="#FF0000"/><Label value="C"/></BrushLabels>
</View>`;
const POLYGONS = `<View><Image name='img' value='$photo'/><PolygonLabels name='outline' toName='img'><Label value='D'/></PolygonLabels></View>`;

/** Label Studio's part: pictures, for whoever has its token; and what was asked of it. */
const asked: { url: string | undefined; authorization: string | undefined; method: string | undefined }[] = [];
const answers: Record<string, (request: IncomingMessage) => [number, string | Uint8Array, Record<string, string>?]> = {
  '/data/upload/1/a.png': ({ headers }) => (/^(Token key|Bearer short)$/.test(headers.authorization ?? '') ? [200, png] : [401, '']),
  '/api/token/refresh': () => [200, JSON.stringify({ access: 'short' }), { 'content-type': 'application/json' }],
  '/api/projects': () => [200, png],
  '/label/data/upload/1/a.png': () => [200, png],
  '/label/api/token/refresh': () => [200, JSON.stringify({ access: 'short' }), { 'content-type': 'application/json' }],
};
const studio = createServer((request, response) => {
  const { url, method, headers } = request;
  asked.push({ url, method, authorization: headers.authorization });
  const [status, body, told] = answers[url ?? '']?.(request) ?? [404, ''];
  response.writeHead(status, told).end(body);
});
await new Promise<void>((resolve) => studio.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(studio.address() as AddressInfo).port}`;
afterAll(() => void studio.close());

const LIMITS = { maxMegapixels: 1, maxMegabytes: 1, seconds: 5, keep: 60, queue: 1 };
const lines: string[] = [];
const apiWith = (labelStudio?: { url: string; token?: string }) =>
  createApi({ ...LIMITS, lanes: lanesHere(apiWork, encoder), encoder: 'embedded', log: (line) => lines.push(line), labelStudio });
const api = apiWith({ url, token: 'key' });

const post = async (path: string, body: unknown, on = api): Promise<[number, never]> => {
  const headers = { host: '127.0.0.1:9090', 'content-type': 'application/json' };
  const answer = await on.fetch(new Request(`http://127.0.0.1:9090${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
  return [answer.status, (await answer.json()) as never];
};

/** As Label Studio's `MLApi.make_predictions` sends it. */
const prediction = (photos: unknown[], label_config: unknown = BRUSHES) => ({
  tasks: photos.map((photo, i) => ({ id: i + 1, data: { photo }, annotations: [], predictions: [], project: 7, meta: {} })),
  model_version: 'diffcut',
  project: '7.1700000000',
  label_config,
  params: { login: null, password: null, context: null },
});

interface Results {
  results: { model_version: string; score: number; result: Record<string, unknown>[] }[];
}
const predict = async (photos: unknown[], config?: unknown, on = api): Promise<Results['results']> => {
  const [status, { results }] = (await post('/predict', prediction(photos, config), on)) as [number, Results];
  expect(status).toBe(200);
  return results;
};

describe('the protocol of Label Studio', () => {
  it('says that it is up, takes projects and hears events', async () => {
    for (const path of ['/', '/health']) {
      const answer = await api.fetch(new Request(`http://localhost:9090${path}`, { headers: { host: 'localhost:9090' } }));
      expect(await answer.json()).toMatchObject({ status: 'UP', model_class: 'diffcut' });
    }
    const project = { project: '7.1700000000', schema: BRUSHES, hostname: 'http://169.254.169.254', access_token: 'x', extra_params: null };
    expect(await post('/setup', project)).toEqual([200, { model_version: expect.stringMatching(/^diffcut-.+-embedded$/) }]);
    expect((await post('/setup', { ...project, schema: '<View></View>' }))[0]).toBe(200);
    expect(await post('/webhook', { action: 'ANNOTATION_CREATED', project: { id: 7 }, annotation: {} })).toEqual([
      201,
      { status: 'ok', result: null },
    ]);
    expect(asked).toEqual([]); // nobody follows the address that a request names
  });

  it('predicts brushes or polygons under the names of the labeling interface', async () => {
    const [{ result, score, model_version }] = await predict([inText]);
    expect([result.length, score, model_version]).toEqual([2, 1, expect.stringMatching(/^diffcut/)]);
    expect(result[0]).toMatchObject({
      type: 'brushlabels',
      from_name: 'brush',
      to_name: 'img',
      original_width: 16,
      original_height: 12,
      value: { format: 'rle', brushlabels: ['A & B'] },
    });
    const [{ result: outlines }] = await predict([inText], POLYGONS);
    expect(outlines[0]).toMatchObject({ type: 'polygonlabels', from_name: 'outline', value: { closed: true, polygonlabels: ['D'] } });
  });

  it('gives a segment with a hole as a brush where there is one, and never under a control of another kind', async () => {
    const around: Encoder = {
      ...encoder,
      encode: async () => ({
        data: Float32Array.from({ length: 128 }, (_, i) => Number(isInside(i >> 1) === (i % 2 === 0))),
        width: 8,
        height: 8,
        channels: 2,
      }),
    };
    const isInside = (cell: number): boolean => [cell % 8, cell >> 3].every((at) => at >= 2 && at < 6);
    const on = createApi({ ...LIMITS, lanes: lanesHere(apiWork, around), encoder: 'embedded' });
    const photo = `data:image/png;base64,${Buffer.from(ring).toString('base64')}`;
    const kinds = async (config: string) => (await predict([photo], config, on))[0].result.map(({ type, from_name }) => [type, from_name]);
    expect(await kinds(POLYGONS)).toEqual([['polygonlabels', 'outline']]);
    const both = POLYGONS.replace('</View>', "<BrushLabels name='brush' toName='img'><Label value='D'/></BrushLabels></View>");
    expect((await kinds(both)).sort()).toEqual([
      ['brushlabels', 'brush'],
      ['polygonlabels', 'outline'],
    ]);
    expect(await kinds(BRUSHES)).toEqual([
      ['brushlabels', 'brush'],
      ['brushlabels', 'brush'],
    ]);
  });

  it('reads pictures of Label Studio itself, with its token, of either kind', async () => {
    expect((await predict(['/data/upload/1/a.png', `${url}/data/upload/1/a.png`])).map(({ result }) => result.length)).toEqual([2, 2]);
    expect(asked.at(-1)).toEqual({ url: '/data/upload/1/a.png', method: 'GET', authorization: 'Token key' });
    const personal = apiWith({ url, token: 'a.b.c' });
    expect((await predict(['/data/upload/1/a.png'], BRUSHES, personal))[0].result).toHaveLength(2);
    expect(asked.slice(-2)).toMatchObject([{ url: '/api/token/refresh', method: 'POST' }, { authorization: 'Bearer short' }]);
  });

  it('finds them where Label Studio is served below a path', async () => {
    const on = apiWith({ url: `${url}/label/`, token: 'a.b.c' });
    const photos = ['/data/upload/1/a.png', '/label/data/upload/1/a.png', `${url}/label/data/upload/1/a.png`];
    expect((await predict(photos, BRUSHES, on)).map(({ result }) => result.length)).toEqual([2, 2, 2]);
    expect(new Set(asked.slice(-6).map((one) => one.url))).toEqual(new Set(['/label/api/token/refresh', '/label/data/upload/1/a.png']));
  });

  it.each([
    ['another host', 'http://169.254.169.254/data/x.png'],
    ['a host of the same beginning', `${url}0/data/x.png`],
    ['another part of Label Studio', '/api/projects'],
    ['a way around', '/data/../api/projects'],
    ['a way around for a proxy', '/data/..%2fapi/projects'],
    ['a file', 'file:///etc/passwd'],
    ['a path', '../../etc/passwd'],
    ['the cloud', 's3://bucket/x.png'],
    ['no text', { a: 1 }],
  ])('asks for nothing else: %s', async (_, photo) => {
    const before = asked.length;
    const [none, { result }] = await predict([photo, inText]);
    expect([none, result.length, asked.length - before]).toEqual([[], 2, 0]); // an empty prediction would be held for one
    expect(lines.some((line) => line.startsWith('/predict: '))).toBe(true);
    expect((await post('/predict', prediction([photo])))[0]).toBe(422); // of all tasks, it is told
  });

  it('refuses what is no request', async () => {
    const sentence = async (body: unknown, on = api) => (await post('/predict', body, on)) as [number, { error: string }];
    expect(await sentence(prediction([inText], '<View/>'))).toEqual([
      422,
      { code: 'E_INPUT', error: expect.stringMatching(/no Image with BrushLabels/) },
    ]);
    expect((await sentence({ ...prediction([]), tasks: 5 }))[0]).toBe(400);
    expect((await sentence([]))[0]).toBe(400);
    expect(await sentence(prediction(['/data/a.png']), apiWith())).toEqual([
      400,
      expect.objectContaining({ error: expect.stringMatching(/--label-studio-url/) }),
    ]);
    expect(await predict([])).toEqual([]);
  });
});

it('reads a labeling interface in time, whatever it is', () => {
  for (const part of ['<', '<a', '<!--', 'a=', 'a="', "a='", '<Image ', 'aaaaaaaa', '&amp'])
    expect(() => interfaceOf(part.repeat(Math.floor(190_000 / part.length)))).toThrow(/no Image/);
  expect(() => interfaceOf('x'.repeat(200_001))).toThrow(/at most 200000 letters/);
});
