/** Gets a model of the table. */
import type { Graph } from '../compile/graph.ts';
import { InputError, noneIfBad } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { fileSource, folderFiles } from '../files/source-node.ts';
import { HubFailure } from '../hub/answers-node.ts';
import { findNamer, type NamerRow } from '../models/namers.ts';
import { type EncoderRow, encoderRow } from '../models/table.ts';
import { PULL_MODEL } from '../options/files.ts';
import { resolveOptions } from '../options/spec.ts';
import { placeWeights } from '../runtime/place.ts';
import { onDevice } from '../runtime/session.ts';
import { devicesHere, openSession } from '../runtime/session-node.ts';
import { verifyModel } from '../store/models-node.ts';
import { modelFolder, ownCache, weightsOf } from '../store/paths-node.ts';
import type { Pulled, PullModelOptions } from '../store/pulled.ts';
import { isFile } from '../system-errors-node.ts';
import { encodePrompt } from '../text/prompt.ts';
import { POOLED, promptBytes } from '../text/prompt-cache.ts';
import { CONSTANTS, folderPipeline, openTiny, packedTiny, type TinyVae } from '../weights/pipeline.ts';
import { readHeader } from '../weights/safetensors.ts';
import { isWhole, planClip, planPull, planVit } from './plan.ts';
import { type Packed, pull } from './pull-node.ts';

/** The empty prompt, by the text encoders, which need not stay. */
const emptyPrompt = async ({ files, say, signal }: Packed, isPooled: boolean): Promise<Record<string, Uint8Array>> => {
  say('The text encoders read the empty prompt, once');
  const open = async (graph: Graph) => {
    signal?.throwIfAborted();
    const model = await placeWeights(graph);
    return onDevice('cpu', devicesHere, (device) => openSession(model, { device, weights: 'streamed' }));
  };
  const prompt = await encodePrompt(folderPipeline(files('main'), 'fp16'), '', isPooled, open);
  return Object.fromEntries(
    Object.entries(promptBytes(prompt)).flatMap(([name, bytes]) => (bytes.length > 0 ? [[`${CONSTANTS}.${name}`, bytes]] : [])),
  );
};

/** The tiny VAE that the model has, where its file is what was pulled. */
const ownTiny = async (name: string): Promise<TinyVae | undefined> => {
  await verifyModel(name);
  return packedTiny(folderFiles(modelFolder(name, ownCache())));
};

/**
 * The tiny VAE; where only a network would have its files and there is none, the one that the model has from an earlier
 * pull, else undefined: the model is one without it.
 */
const tinyHere = async (files: ModelFiles, name: string, say: (line: string) => void): Promise<TinyVae | undefined> => {
  try {
    return await openTiny(files);
  } catch (error) {
    if (!(error instanceof HubFailure) || error.kind !== 'unreachable') throw error;
    const before = await ownTiny(name).catch(noneIfBad);
    say(`${before ? 'Keeps the tiny VAE that it has' : 'Goes on without the tiny VAE, which --vae tiny needs'}: ${error.message}`);
    return before;
  }
};

/** What the model is pulled for already: one that has its whole UNet keeps it. */
const ownTap = async (name: string): Promise<'tokens' | 'attention'> => {
  const path = weightsOf(modelFolder(name, ownCache()));
  if (!(await isFile(path))) return 'tokens';
  const header = await readHeader(await fileSource(path)).catch(noneIfBad);
  return header && isWhole(header.tensors) ? 'attention' : 'tokens';
};

/** A diffusion pipeline: plan, fetch, and the empty prompt. */
const pullDiffusion = async (row: EncoderRow, { revision = 'main', tap, ...options }: PullModelOptions): Promise<Pulled> => {
  let isPooled = false;
  const asked = tap ?? (await ownTap(row.name));
  return pull({
    ...options,
    name: row.name,
    sources: { main: { repo: row.repository, revision }, tiny: { repo: row.tinyRepository, revision: 'main' } },
    plan: async (open) => {
      const main = open('main');
      await main.open('unet/config.json'); // what is wrong with the model itself is said first
      const plan = await planPull(main, await tinyHere(open('tiny'), row.name, options.say ?? (() => {})), asked);
      isPooled = plan.tensors.some(({ name }) => name === `${CONSTANTS}.${POOLED}`);
      return plan;
    },
    finish: (packed) => emptyPrompt(packed, isPooled),
  });
};

const pullVit = async (row: EncoderRow, { revision = 'main', keep, tap, ...options }: PullModelOptions): Promise<Pulled> => {
  if (tap) throw new InputError(`${row.name} is pulled whole, for every tap that it has: leave --tap out`, { code: 'E_OPTION' });
  if (keep && !options.whole) throw new InputError(`${row.name} has no text encoders to keep: leave --keep out`, { code: 'E_OPTION' });
  const sources = { main: { repo: row.repository, revision } };
  return pull({ ...options, keep, name: row.name, sources, plan: (open) => planVit(open('main'), row.architecture) });
};

const pullClip = async (row: NamerRow, { revision = 'main', keep, ...options }: PullModelOptions): Promise<Pulled> => {
  if (keep && !options.whole) throw new InputError(`${row.name} keeps its text encoder anyway: leave --keep out`, { code: 'E_OPTION' });
  const sources = { main: { repo: row.repository, revision } };
  return pull({ ...options, keep, name: row.name, sources, plan: (open) => planClip(open('main')) });
};

const PULL: Partial<Record<EncoderRow['kind'], typeof pullVit>> = { diffusion: pullDiffusion, vit: pullVit };

/**
 * Gets a model of the table, or what is missing of it.
 * @throws InputError, one sentence; the signal's reason. What was fetched stays, and the next call goes on there
 */
export const pullModel = async (name: string, options: PullModelOptions = {}): Promise<Pulled> => {
  resolveOptions('pullModel', PULL_MODEL, options as never);
  const namer = findNamer(name);
  if (namer) return pullClip(namer, options);
  const row = encoderRow(name);
  const pullIt = PULL[row.kind];
  if (!pullIt) throw new InputError(`${name} is in the package: there is nothing to pull`, { code: 'E_OPTION' });
  return pullIt(row, options);
};
