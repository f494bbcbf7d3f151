/** Names that the server of the studio gives to a picture's regions. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLIP_CASES, clipPictures, unpackClip } from '../../test/clips.ts';
import { startHub } from '../../test/fake-hub.ts';
import { type Ask, ask, makePage, startStudio } from '../../test/studio-page.ts';
import { findNamer, type InputError, NAMERS, type Namer, openNamer, pullModel } from '../toolkit.ts';
import type { Studio } from './app-node.ts';
import { MOST_WORDS, type OpenNamer, readWords } from './names-node.ts';

const NAMER = 'tinyclip-8m';
const WORDS = CLIP_CASES.classes.map((names) => names.join(','));
const scratch = mkdtempSync(join(tmpdir(), 'diffcut names '));
const { page, remove } = makePage();
let studio: Studio;

beforeAll(async () => {
  const hub = await startHub();
  for (const name of ['HF_TOKEN', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) vi.stubEnv(name, '');
  vi.stubEnv('HF_ENDPOINT', hub.settings.endpoint);
  vi.stubEnv('HF_HOME', join(scratch, 'home'));
  vi.stubEnv('DIFFCUT_CACHE', join(scratch, 'own'));
  const folder = unpackClip('plain-vit', scratch);
  for (const file of readdirSync(folder)) hub.put(findNamer(NAMER)?.repository ?? '', file, readFileSync(join(folder, file)));
  await pullModel(NAMER);
  await hub.close();
  studio = startStudio({ folder: page, device: 'cpu' });
});
afterAll(async () => {
  await studio?.close();
  vi.unstubAllEnvs();
  remove();
  rmSync(scratch, { recursive: true, force: true });
});

/** A picture of 5 x 3 pixels in three regions; an odd number, so that nothing lies where it lies by luck. */
const SMALL = { width: 5, height: 3 };
const body = (words: unknown = ['cat', 'dog'], labels = Uint16Array.from({ length: 15 }, (_, i) => (i % 5) >> 1)): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([...new Uint8Array(labels.buffer), ...Array(45).fill(9), ...(words === undefined ? [] : Buffer.from(JSON.stringify(words)))]);

const query = (parts: Record<string, unknown> = {}): string => {
  const all = { namer: NAMER, ...SMALL, words: JSON.stringify(['cat', 'dog']).length, ...parts };
  return `api/names?${new URLSearchParams(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])))}`;
};
const post = (of: Studio, parts: Record<string, unknown> = {}, given: Partial<Ask> = {}): Promise<Response> =>
  ask(of, query(parts), { method: 'POST', body: body(), ...given });
const telling = async (response: Response): Promise<unknown> => ({ status: response.status, ...(await response.json()) });

/** A namer that names each region after its place, and notes what is done with it. */
const fakeNamer = (name: Namer['name'] = async (_, __, segments) => segments.map(({ id }) => ({ name: `n${id}`, score: 1 }))) => ({
  model: NAMER,
  device: 'cpu',
  name,
  disposed: 0,
  async dispose() {
    this.disposed++;
  },
});

describe('api/names', () => {
  it('gives what the model gives of the same pixels, regions and words', async () => {
    const [{ picture, labels }] = clipPictures();
    const words = JSON.stringify(WORDS);
    const parts = [new Uint8Array(Uint16Array.from(labels.data).buffer), picture.data, Buffer.from(words)];
    const { width, height } = picture;
    const response = await post(studio, { width, height, words: Buffer.byteLength(words) }, { body: Uint8Array.from(Buffer.concat(parts)) });
    const namer = await openNamer(NAMER, { classes: WORDS, device: 'cpu' });
    const ids = [...new Set(labels.data)].sort();
    const named = await namer.name(
      picture,
      labels,
      ids.map((id) => ({ id }) as never),
    );
    await namer.dispose();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(ids.map((id, i) => ({ id, ...named[i] })));
    expect(named.every((one) => one && one.score > 0)).toBe(true);
  });

  it('reads every part of the body where it lies, and leaves out what gets no name', async () => {
    let seen: unknown;
    const open = vi.fn<OpenNamer>(async () =>
      fakeNamer(async ({ data, width, height }, labels, segments) => {
        seen = { data: [...data], width, height, labels: [...(labels as { data: Int32Array }).data] };
        return segments.map(({ id }) => (id === 1 ? undefined : { name: `n${id}`, score: id / 4 }));
      }),
    );
    const response = await post(startStudio({ folder: page, openNamer: open }));
    expect(await response.json()).toEqual([
      { id: 0, name: 'n0', score: 0 },
      { id: 2, name: 'n2', score: 0.5 },
    ]);
    expect(seen).toEqual({ data: Array(45).fill(9), ...SMALL, labels: Array(3).fill([0, 0, 1, 1, 2]).flat() });
    expect(open).toHaveBeenCalledWith(NAMER, expect.objectContaining({ classes: ['cat', 'dog'] }));
  });

  it('takes a list of the package by its name', async () => {
    const open = vi.fn<OpenNamer>(async () => fakeNamer());
    const response = await post(
      startStudio({ folder: page, openNamer: open }),
      { words: undefined, vocabulary: 'voc' },
      { body: body([]).subarray(0, 75) },
    );
    expect([response.status, open.mock.calls[0][1]]).toEqual([200, expect.objectContaining({ vocabulary: 'voc' })]);
    expect(open.mock.calls[0][1]).not.toHaveProperty('classes');
  });

  it.each<[string, Record<string, unknown>, number, RegExp]>([
    ['a model that is none', { namer: 'tinyclip' }, 404, /Unknown model that names segments "tinyclip"/],
    ['a path for a model', { namer: '/etc' }, 404, /Unknown model that names segments "\/etc"/],
    ['an encoder', { namer: 'embedded' }, 404, /Unknown model that names segments "embedded"/],
    ['no model', { namer: '' }, 404, /Unknown model that names segments ""/],
    ['a model that is not here', { namer: 'tinyclip-39m' }, 404, /get it with "diffcut models pull tinyclip-39m"/],
    ['no words', { words: undefined }, 400, /a whole number from 1 to 131072 for words but received undefined/],
    ['words of no bytes', { words: 0 }, 400, /for words but received "0"/],
    ['more words than are read', { words: MOST_WORDS + 1 }, 400, /for words but received "131073"/],
    ['a list that there is not', { vocabulary: 'vos' }, 413, /more than the 75 bytes/],
    ['a picture that is too large', { width: 65_535, height: 65_535 }, 413, /65535 x 65535 pixels is too large/],
    ['a picture of another size', { width: 6 }, 400, /has 88 bytes, and its picture 103/],
    ['a picture that is smaller', { width: 4 }, 413, /more than the 73 bytes/],
  ])('refuses %s', async (_, parts, status, sentence) => {
    expect(await telling(await post(studio, parts))).toMatchObject({ status, error: expect.stringMatching(sentence) });
  });

  it('refuses a list that there is not, with a guess', async () => {
    const response = await post(studio, { words: undefined, vocabulary: 'vos' }, { body: body().subarray(0, 75) });
    expect(await telling(response)).toMatchObject({ status: 400, error: expect.stringMatching(/"vos": did you mean "voc"/), code: 'E_OPTION' });
  });

  it.each<[string, string]>([
    ['no JSON', '["cat", "dog'],
    ['no list', '{"cat": "dog"}'],
    ['no names', '["cat", 0.1]'],
    ['nested past all use', '['.repeat(2000)],
  ])('refuses words that are %s', async (_, text) => {
    const open = vi.fn<OpenNamer>();
    const parts = Uint8Array.from([...body().subarray(0, 75), ...Buffer.from(text)]);
    const response = await post(startStudio({ folder: page, openNamer: open }), { words: text.length }, { body: parts });
    expect(await telling(response)).toEqual({ status: 400, error: 'The words of the body are no JSON list of names', code: 'E_OPTION' });
    expect(open).not.toHaveBeenCalled();
  });

  it('refuses a list without a name, or with one twice', async () => {
    for (const [words, sentence] of [
      [[], /a list of names/],
      [['cat', 'cat'], /the class "cat" twice/],
    ] as const) {
      const text = JSON.stringify(words);
      const response = await post(studio, { words: text.length }, { body: body(words) });
      expect(await telling(response)).toMatchObject({ status: 400, error: expect.stringMatching(sentence) });
    }
  });

  it('names no more regions than are of use', async () => {
    const [width, height] = [100, 90];
    const all = Uint16Array.from({ length: width * height }, (_, i) => i);
    const parts = Uint8Array.from([...new Uint8Array(all.buffer), ...new Uint8Array(3 * width * height), ...Buffer.from('["a"]')]);
    const response = await post(studio, { width, height, words: 5 }, { body: parts });
    expect(await telling(response)).toMatchObject({ status: 413, error: 'The picture has 9000 regions: at most 8192 are named' });
  });

  it('is posted to by the page alone', async () => {
    expect((await ask(studio, query())).status).toBe(405);
    expect((await post(studio, {}, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
    expect((await post(studio, {}, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  });

  it('keeps the model open for the same words, and closes it for others and at the end', async () => {
    const opened: ReturnType<typeof fakeNamer>[] = [];
    const openOne: OpenNamer = async () => {
      opened.push(fakeNamer());
      return opened[opened.length - 1];
    };
    const fresh = startStudio({ folder: page, openNamer: openOne });
    for (const words of [['a'], ['a'], ['b'], ['a']]) await post(fresh, { words: JSON.stringify(words).length }, { body: body(words) });
    expect(opened.map(({ disposed }) => disposed)).toEqual([1, 1, 0]);
    await fresh.close();
    expect(opened.map(({ disposed }) => disposed)).toEqual([1, 1, 1]);
  });

  it('has one picture in memory at a time, whatever is made of it', async () => {
    const log: string[] = [];
    const step = async <T>(what: string, value: T): Promise<T> => {
      log.push(`begins ${what}`);
      await new Promise(setImmediate);
      log.push(`ends ${what}`);
      return value;
    };
    const encoder = { encode: () => step('features', { data: Float32Array.of(1), width: 1, height: 1, channels: 1 }), dispose: async () => {} };
    const fresh = startStudio({
      folder: page,
      openNamer: async () =>
        fakeNamer((_, __, segments) =>
          step(
            'names',
            segments.map(() => undefined),
          ),
        ),
      open: async () => encoder as never,
    });
    const features = ask(fresh, 'api/features?encoder=embedded&width=5&height=3', { method: 'POST', body: new Uint8Array(45) });
    expect((await Promise.all([features, post(fresh)])).map(({ status }) => status)).toEqual([200, 200]);
    expect(log).toEqual(['begins features', 'ends features', 'begins names', 'ends names']);
  });

  it('stops the work of who goes away, and goes on with the next', async () => {
    const gone = new AbortController();
    let stopped: unknown;
    const open: OpenNamer = async () =>
      fakeNamer(
        (_, __, ___, watch) =>
          new Promise((resolve, reject) => {
            if (gone.signal.aborted) return resolve([]);
            watch?.signal?.addEventListener('abort', () => {
              stopped = watch.signal?.reason;
              reject(stopped);
            });
            gone.abort(new Error('gone'));
          }),
      );
    const report = vi.fn();
    const fresh = startStudio({ folder: page, openNamer: open, report });
    const [, next] = await Promise.all([post(fresh, {}, { signal: gone.signal }), post(fresh)]);
    expect([stopped, next.status]).toEqual([new Error('gone'), 200]);
    expect(report).not.toHaveBeenCalled();
  });

  it('ends with the server', async () => {
    let began = (): void => {};
    const begun = new Promise<void>((resolve) => (began = resolve));
    const open: OpenNamer = async () =>
      fakeNamer(
        (_, __, ___, watch) =>
          new Promise((_resolve, reject) => {
            watch?.signal?.addEventListener('abort', () => reject(watch.signal?.reason));
            began();
          }),
      );
    const fresh = startStudio({ folder: page, openNamer: open });
    const response = post(fresh);
    await begun;
    await fresh.close();
    expect((await response).status).toBe(503);
  });
});

it('api/about tells which models name regions, and which are here', async () => {
  const { namers } = (await (await ask(studio, 'api/about')).json()) as { namers: { name: string; here: boolean }[] };
  expect(namers.map(({ name, here }) => [name, here])).toEqual(NAMERS.map(({ name }) => [name, name === NAMER]));
});

it('words are a list of texts, or one sentence', () => {
  expect(readWords(Buffer.from('["cat, tom", "#dog"]'))).toEqual(['cat, tom', '#dog']);
  expect(() => readWords(new Uint8Array())).toThrow(expect.objectContaining({ code: 'E_OPTION' } satisfies Partial<InputError>));
});
