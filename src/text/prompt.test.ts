import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { folderOf, PIPELINES } from '../../test/pipelines.ts';
import { blobFiles, blobSource } from '../files/source.ts';
import { folderFiles } from '../files/source-node.ts';
import type { Tensor } from '../runtime/session.ts';
import { readNpy } from '../tensor/npy.ts';
import { folderPipeline, type Pipeline } from '../weights/pipeline.ts';
import { readHeader, writeHeader } from '../weights/safetensors.ts';
import { tensorsOf, weightsOf } from '../weights/weights.ts';
import { paddingOf } from './padding.ts';
import { encodePrompt, type OpenGraph, type Prompt } from './prompt.ts';
import { keptPrompt, promptBytes, TOKENS } from './prompt-cache.ts';
import { END, START } from './tokenizer.ts';

const temporary = mkdtempSync(join(tmpdir(), 'diffcut-prompt-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const pipelineOf = (kind: string): Pipeline => folderPipeline(folderFiles(folderOf(kind)));

/** What the text encoders are given, without running them. */
const givenTo = async (kind: string, text: string): Promise<{ ids: number[]; end: number | undefined }[]> => {
  const calls: Record<string, Tensor>[] = [];
  let open = 0;
  const spy: OpenGraph = async () => {
    expect(++open).toBe(1); // one at a time
    return {
      device: 'cpu',
      inputs: [],
      outputs: [],
      run: async (inputs) => {
        calls.push(inputs);
        return { tokens: { data: new Float32Array(77), dims: [77, 1] }, pooled: { data: new Float32Array(1), dims: [1, 1] } };
      },
      dispose: async () => {
        open--;
      },
    };
  };
  await encodePrompt(pipelineOf(kind), text, kind === 'ssd' || kind === 'sdxl', spy);
  expect(open).toBe(0);
  return calls.map(({ ids, end }) => ({ ids: Array.from(ids.data, Number), end: end && Number(end.data[0]) }));
};

/** SD 2.1 with these two files of its tokenizer. */
const padsWith = async (config: object | string | undefined, map: object | undefined): Promise<number> => {
  const pipeline = pipelineOf('sd2');
  const texts: Record<string, object | string | undefined> = { 'tokenizer/tokenizer_config.json': config, 'tokenizer/special_tokens_map.json': map };
  const text = async (path: string) => (typeof texts[path] === 'object' ? JSON.stringify(texts[path]) : (texts[path] as string | undefined));
  return paddingOf({ ...pipeline, text }, 'tokenizer', 'gelu');
};

const padded = (padding: number): number[] => [START, END, ...new Array(75).fill(padding)];

describe('what the text encoders read', () => {
  it.each([
    ['sd1', [{ ids: padded(END), end: undefined }]],
    ['sd2', [{ ids: padded(0), end: undefined }]],
    [
      'ssd',
      [
        { ids: padded(END), end: undefined },
        { ids: padded(0), end: 1 },
      ],
    ],
  ] as const)('of the empty prompt: %s', async (kind, wanted) => {
    expect(await givenTo(kind, '')).toEqual(wanted);
  });

  const [bang, end] = ['!', '<|endoftext|>'].map((pad_token) => ({ pad_token }));
  const newer = { ...end, added_tokens_decoder: {} };
  // As CLIPTokenizer.from_pretrained of transformers 4.57.3 and 5.24.0 has it of such files.
  it.each([
    ['the map before the config, as of SD 2.1', end, bang, 0],
    ['the map before the config, the other way round', bang, end, END],
    ['the config alone, where it is a newer one', newer, bang, END],
    ['the config, where the map does not say', bang, {}, 0],
    ['the config, where there is no map', end, undefined, END],
    ['the map, where there is no config', undefined, bang, 0],
    ['a token that is written out', end, { pad_token: { content: '!', normalized: false } }, 0],
    ['the end, where neither says', {}, {}, END],
    ['what OpenCLIP has, without both', undefined, undefined, 0],
  ])('is padded by %s', async (_, config, map, id) => {
    expect(await padsWith(config, map)).toBe(id);
  });

  it('is not padded by what is no token, nor by a file that is none', async () => {
    await expect(padsWith({ pad_token: '[PAD]' }, undefined)).rejects.toThrow(/tokenizer in tokenizer\/ pads with "\[PAD\]", which is not supported/);
    await expect(padsWith('null', undefined)).rejects.toThrow(/tokenizer_config.json" holds no JSON object/);
  });

  it.each(['ssd', 'sd1'])('of a prompt is what transformers gives them: %s', async (kind) => {
    const { data, shape } = readNpy(readFileSync(join(PIPELINES, kind, 'golden/prompt_ids.npy')), 'prompt_ids');
    const text = readFileSync(join(folderOf(kind), 'golden/prompt.txt'), 'utf8').replace(/\n$/, '');
    const given = await givenTo(kind, text);
    expect(given.flatMap(({ ids }) => ids)).toEqual(Array.from(data as Int32Array));
    expect(given).toHaveLength(shape[0]);
    if (kind === 'ssd') expect(given[1].end).toBe(given[1].ids.indexOf(END));
  });

  it('of a long prompt is its first 75 tokens', async () => {
    const [{ ids }, second] = await givenTo('ssd', 'a b '.repeat(200));
    expect(ids).toHaveLength(77);
    expect([ids[0], ids[76]]).toEqual([START, END]);
    expect(ids.slice(1, 76)).not.toContain(END);
    expect(second.end).toBe(76);
  });
});

describe('a prompt that cannot be read', () => {
  const never: OpenGraph = async () => {
    throw new Error('opened');
  };

  it('for want of a tokenizer says what to get', async () => {
    const message = /sd2 has no tokenizer\/vocab\.json and merges\.txt, which a prompt needs: get them .*, or leave the prompt empty$/;
    await expect(encodePrompt(pipelineOf('sd2'), 'a cat', false, never)).rejects.toThrow(message);
  });

  it('for want of a text encoder says so', async () => {
    const bare = folderPipeline(blobFiles('bare', {}));
    await expect(encodePrompt(bare, '', false, never)).rejects.toThrow(/^bare has no text_encoder\/config\.json: a prompt needs the text encoder/);
  });

  it('gives back the text encoder that fails', async () => {
    let disposed = 0;
    const failing: OpenGraph = async () => ({
      device: 'cpu',
      inputs: [],
      outputs: [],
      run: async () => {
        throw new Error('out of memory');
      },
      dispose: async () => {
        disposed++;
      },
    });
    await expect(encodePrompt(pipelineOf('sd1'), '', false, failing)).rejects.toThrow('out of memory');
    expect(disposed).toBe(1);
  });
});

describe('the prompt that is kept', () => {
  const PROMPT: Prompt = { tokens: Float32Array.from({ length: 77 * 2 }, Math.sin), channels: 2, pooled: Float32Array.of(1, 2, 3) };
  const PLAIN: Prompt = { ...PROMPT, pooled: new Float32Array(0) };
  let made = 0;
  const make = (prompt: Prompt) => async (): Promise<Prompt> => {
    made++;
    return prompt;
  };
  beforeEach(() => {
    made = 0;
    process.env.DIFFCUT_CACHE = mkdtempSync(join(temporary, 'cache-'));
  });

  it.each([
    [PROMPT, true],
    [PLAIN, false],
  ])('is read again bit by bit, and the text encoders are not run: %#', async (prompt, isPooled) => {
    const pipeline = pipelineOf(isPooled ? 'ssd' : 'sd1');
    for (let i = 0; i < 3; i++) expect(await keptPrompt(pipeline, '', isPooled, make(prompt))).toEqual(prompt);
    expect(made).toBe(1);
  });

  it('is of its text and its model', async () => {
    await keptPrompt(pipelineOf('sd1'), '', false, make(PLAIN));
    await keptPrompt(pipelineOf('sd1'), 'a cat', false, make(PLAIN));
    await keptPrompt(pipelineOf('sd2'), '', false, make(PLAIN));
    expect(made).toBe(3);
  });

  it('is made anew when a file changes', async () => {
    const folder = join(temporary, 'changing');
    cpSync(join(folderOf('sd1'), 'text_encoder'), join(folder, 'text_encoder'), { recursive: true });
    const pipeline = folderPipeline(folderFiles(folder));
    await keptPrompt(pipeline, '', false, make(PLAIN));
    utimesSync(join(folder, 'text_encoder/model.safetensors'), 1, 1);
    await keptPrompt(pipeline, '', false, make(PLAIN));
    const config = JSON.parse(readFileSync(join(folder, 'text_encoder/config.json'), 'utf8'));
    writeFileSync(join(folder, 'text_encoder/config.json'), JSON.stringify({ ...config, hidden_act: 'gelu' }));
    await keptPrompt(pipeline, '', false, make(PLAIN));
    expect(made).toBe(3);
  });

  it('is made anew where its file is damaged', async () => {
    await keptPrompt(pipelineOf('sd1'), '', false, make(PLAIN));
    const folder = join(process.env.DIFFCUT_CACHE as string, 'prompts');
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), 'half a file');
    for (let i = 0; i < 2; i++) expect(await keptPrompt(pipelineOf('sd1'), '', false, make(PLAIN))).toEqual(PLAIN);
    expect(made).toBe(2);
  });

  it('is none for files that lie on no disk: another model may have the same names and sizes', async () => {
    const read = (path: string): Blob => new Blob([readFileSync(join(folderOf('sd1'), path))]);
    const paths = ['text_encoder/config.json', 'text_encoder/model.safetensors'];
    const files = blobFiles('picked', Object.fromEntries(paths.map((path) => [path, read(path)])));
    for (let i = 0; i < 2; i++) await keptPrompt(folderPipeline(files), '', false, make(PLAIN));
    expect(made).toBe(2);
  });

  it('costs nothing but time where the cache cannot be written', async () => {
    const path = join(temporary, 'a file');
    writeFileSync(path, '');
    process.env.DIFFCUT_CACHE = path;
    expect(await keptPrompt(pipelineOf('sd1'), '', false, make(PLAIN))).toEqual(PLAIN);
  });

  it('comes with a pulled model, which needs no text encoder then', async () => {
    const bytes = promptBytes(PROMPT);
    const header = writeHeader([
      [TOKENS, { dtype: 'F32', shape: [77, 2], bytes: bytes[TOKENS].length }],
      ['pooled', { dtype: 'F32', shape: [3], bytes: 12 }],
    ]);
    const source = blobSource('packed', new Blob([header, bytes[TOKENS], bytes.pooled] as Uint8Array<ArrayBuffer>[]));
    const constants = weightsOf(tensorsOf(source, await readHeader(source)));
    const pipeline = { ...folderPipeline(blobFiles('pulled', {})), constants };
    expect(await keptPrompt(pipeline, '', true, make(PLAIN))).toEqual(PROMPT);
    expect(made).toBe(0);
    expect(await keptPrompt(pipeline, 'a cat', true, make(PLAIN))).toEqual(PLAIN);
    expect(made).toBe(1);
  });
});
