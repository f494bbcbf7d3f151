/** Tiny CLIPs in all layouts beside open_clip and transformers, from files to names. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CLIP_CASES, CLIP_KINDS, type ClipKind, clipGolden, clipNames, clipPictures, unpackClip } from '../../test/clips.ts';
import { relativeError } from '../../test/compare.ts';
import { runGraph } from '../../test/run-graph.ts';
import { compileClip, type Dense } from '../compile/nets/clip.ts';
import { inBytes, planesOf } from '../encode/input.ts';
import { placeInputs, readPlaces } from '../encode/vit/places.ts';
import { blobFiles } from '../files/source.ts';
import { folderFiles } from '../files/source-node.ts';
import { localNamer } from '../models/namers.ts';
import { openClipFiles, tokenizerTexts } from '../weights/clip-files.ts';
import { sharesOf } from './classify.ts';
import { openClipNamer } from './clip.ts';
import { packTexts, tokenizerOf, unitRows } from './text.ts';

const temporary = mkdtempSync(join(tmpdir(), 'diffcut clips '));
beforeAll(() => {
  vi.stubEnv('DIFFCUT_CACHE', join(temporary, 'cache'));
  for (const kind of CLIP_KINDS) unpackClip(kind, temporary);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true, force: true });
});

const PICTURES = clipPictures();
const SIDE = CLIP_CASES.input;
const segmentsOf = (labels: { data: Int32Array }) => Array.from({ length: Math.max(...labels.data) + 1 }, (_, id) => ({ id, area: 1 }) as never);

const SETTINGS = { dense: 'values', minScore: 0, device: 'cpu', threads: 1, worker: false } as const;

const filesOf = (kind: ClipKind) => openClipFiles(folderFiles(join(temporary, kind)));

const CASES = CLIP_KINDS.flatMap((kind) => (Object.keys(clipNames(kind)) as Dense[]).map((dense) => [kind, dense] as const));

/** Embeddings of a picture's segments. @param whole one segment for all of it */
const embedded = async (kind: ClipKind, dense: Dense, whole = false): Promise<Float32Array> => {
  const { picture: tower } = compileClip(await filesOf(kind), dense);
  const [{ picture, labels }] = PICTURES;
  const cells = SIDE / tower.stride;
  const map = whole ? { ...labels, data: new Int32Array(labels.data.length) } : labels;
  const segments = segmentsOf(map);
  const data = await planesOf(picture, SIDE, SIDE, inBytes(tower.mean), inBytes(tower.deviation));
  const places = tower.vit && placeInputs(tower.vit, await readPlaces(tower.vit), cells, cells);
  const shares = { data: sharesOf(map, segments, cells, cells), dims: [segments.length, cells * cells] };
  return (await runGraph(tower.graph, { picture: { data, dims: [1, 3, SIDE, SIDE] }, shares, ...places })).embeddings.data;
};

describe.each(CASES)('%s, %s', (kind, dense) => {
  it('gives the vectors and logits of segments that the library gives', async () => {
    const vectors = await embedded(kind, dense);
    expect(relativeError(vectors, clipGolden(`${kind}/segments-${dense}`).data)).toBeLessThan(1e-4);
    const [classes, logits] = [clipGolden(`${kind}/classes`), clipGolden(`${kind}/logits-${dense}`)];
    const [synonyms, dimensions] = classes.shape;
    const scale = kind === 'convnext' ? 100 : 1 / 0.07;
    const unit = unitRows(vectors, dimensions);
    const ours = logits.data.map((_, i) => {
      const [s, t] = [Math.floor(i / synonyms), i % synonyms];
      return scale * unit.subarray(s * dimensions, (s + 1) * dimensions).reduce((sum, v, k) => sum + v * classes.data[t * dimensions + k], 0);
    });
    expect(relativeError(ours, logits.data)).toBeLessThan(1e-4);
  });

  it('names the segments of ten pictures as the published arithmetic does', async () => {
    const row = { ...localNamer(kind), size: SIDE };
    const namer = await openClipNamer(row, folderFiles(join(temporary, kind)), CLIP_CASES.classes, { ...SETTINGS, dense });
    const named = clipNames(kind)[dense] as { classes: number[]; scores: number[] }[];
    for (const [i, { picture, labels }] of PICTURES.entries()) {
      const found = await namer.name(picture, labels, segmentsOf(labels));
      expect(found.map((label) => label?.name)).toEqual(named[i].classes.map((k) => CLIP_CASES.classes[k][0]));
      for (const [s, label] of found.entries()) expect(label?.score).toBeCloseTo(named[i].scores[s], 3);
    }
    await namer.dispose();
  });
});

describe('a CLIP', () => {
  it.each(CLIP_KINDS)('%s reads texts as the library does, several at once', async (kind) => {
    const files = await filesOf(kind);
    const { text } = compileClip(files, 'values');
    const tokenize = tokenizerOf(...(await tokenizerTexts(files)), text);
    const { embeddings } = await runGraph(text.graph, packTexts(CLIP_CASES.texts.map(tokenize)));
    expect(relativeError(embeddings.data, clipGolden(`${kind}/texts`).data)).toBeLessThan(1e-4);
  });

  it('of a ConvNeXt gives for all of a picture what encode_image gives', async () => {
    expect(relativeError(await embedded('convnext', 'values', true), clipGolden('convnext/whole').data)).toBeLessThan(1e-4);
  });
});

/** The model with these words in the cache, or what opening it says. */
const openTiny = (kind: ClipKind, files: Partial<Record<string, string>> = {}) => {
  const folder = folderFiles(join(temporary, kind));
  const changed = blobFiles(kind, Object.fromEntries(Object.entries(files).map(([path, text]) => [path, new Blob([text as string])])));
  const open = async (path: string) => (path in files ? changed.open(path) : folder.open(path));
  return openClipNamer({ ...localNamer(kind), size: SIDE }, { ...folder, open }, CLIP_CASES.classes, SETTINGS);
};

describe('the vectors of a vocabulary', () => {
  it('are computed once, and made anew where their file is damaged', async () => {
    vi.stubEnv('DIFFCUT_CACHE', join(temporary, 'another'));
    const [{ picture, labels }] = PICTURES;
    const name = async () => {
      const namer = await openTiny('plain-vit');
      const found = await namer.name(picture, labels, segmentsOf(labels));
      await namer.dispose();
      return found;
    };
    const first = await name();
    const folder = join(temporary, 'another/texts');
    const [file] = readdirSync(folder);
    expect(await name()).toEqual(first);
    expect(readdirSync(folder)).toEqual([file]);
    writeFileSync(join(folder, file), 'half a file');
    expect(await name()).toEqual(first);
  });
});

describe('what is no CLIP', () => {
  const without = (key: string, value: unknown) =>
    JSON.stringify({ model_cfg: { vision_cfg: { head_width: 8 }, text_cfg: { heads: 2 }, quick_gelu: true, [key]: value } });

  it.each<[string, ClipKind, Record<string, string>, RegExp]>([
    [
      'has an unknown attention',
      'open-vit',
      { 'open_clip_config.json': without('vision_cfg', { attentional_pool: true }) },
      /"attentional_pool": true, which is not supported/,
    ],
    [
      'has a text encoder of another library',
      'open-vit',
      { 'open_clip_config.json': without('text_cfg', { hf_model_name: 'bert' }) },
      /"hf_model_name": "bert"/,
    ],
    [
      'has heads that do not fit',
      'open-vit',
      { 'open_clip_config.json': without('text_cfg', { heads: 3 }) },
      /16 channels, which 3 heads do not divide/,
    ],
    ['has a config of neither', 'open-vit', { 'open_clip_config.json': '{}' }, /neither "model_cfg" \(open_clip's\) nor "vision_config"/],
    ['has another tokenizer', 'plain-vit', { 'vocab.json': '{"a": 0}' }, /vocab\.json is not CLIP's/],
  ])('%s', async (_, kind, files, message) => {
    await expect(openTiny(kind, files)).rejects.toThrow(message);
  });

  it('has no files, or some only', async () => {
    const open = (files: Record<string, Blob>) => openClipNamer(localNamer('mine'), blobFiles('mine', files), CLIP_CASES.classes, SETTINGS);
    await expect(open({})).rejects.toThrow(/^mine is no CLIP: give a folder as transformers/);
    await expect(open({ 'config.json': new Blob(['{"vision_config":{}}']) })).rejects.toThrow(/^mine has no model\.safetensors/);
    await expect(open({ 'open_clip_config.json': new Blob(['{"model_cfg":{}}']) })).rejects.toThrow(/^mine has an open_clip_config\.json and no/);
  });
});
