/**
 * CLIP (Radford et al., ICML 2021) as what names segments: a picture's dense features, their mean over each segment, and what
 * the model puts after its own pooling, so that a segment has a vector beside those of texts.
 *
 * A vision transformer's dense features are those of MaskCLIP (Zhou et al., ECCV 2022): in the last block the values stand in the
 * place of attention. `values` leaves out the block's residual and its feed-forward layer, `residual` keeps them. A ConvNeXt's are those of its trunk.
 */
import { badModel } from '../../errors.ts';
import type { ClipFiles } from '../../weights/clip-files.ts';
import type { Weights } from '../../weights/weights.ts';
import { type ClipTold, readClipConfig } from '../clip-config.ts';
import type { Graph, GraphBuilder } from '../graph.ts';
import { ACTIVATIONS, layerNorm, linear } from '../ops.ts';
import { clipVitConfig } from '../vit-config.ts';
import { compileTextTower, projection, type TextTower } from './clip-text.ts';
import { compileConvnext } from './convnext.ts';
import { compileVitOf, type VitEncoder } from './vit.ts';

/** How a vision transformer's last block is read: see the head of this file. */
export type Dense = 'values' | 'residual';

export interface PictureTower extends Pick<ClipTold, 'mean' | 'deviation'> {
  graph: Graph;
  /** Pixels of a side that a cell of the features stands for. */
  stride: number;
  /** Of an embedding. */
  dimensions: number;
  /** Of a vision transformer: what its inputs for places are made of. */
  vit?: VitEncoder;
}

export interface Clip {
  picture: PictureTower;
  text: TextTower;
}

/** Features to the mean of each segment: `shares` (segments x cells) has rows that add up to 1. */
const pooled = (g: GraphBuilder, features: string): string => g.op('MatMul', [g.input('shares', 'float32', ['segments', 'cells']), features]);

/** open_clip's `TimmModel`: one layer, or two with a GELU between. */
const convnextHead = (g: GraphBuilder, head: Weights, x: string, channels: number): { x: string; outputs: number } => {
  if (!head.has('mlp.fc1.weight')) {
    const outputs = head.shapeOf('proj.weight')?.[0] ?? 0;
    return { x: linear(g, head.at('proj'), x, channels, outputs, head.has('proj.bias')), outputs };
  }
  const hidden = head.shapeOf('mlp.fc1.weight')?.[0] ?? 0;
  const outputs = head.shapeOf('mlp.fc2.weight')?.[0] ?? 0;
  const wide = ACTIVATIONS.gelu(g, linear(g, head.at('mlp.fc1'), x, channels, hidden, head.has('mlp.fc1.bias')));
  return { x: linear(g, head.at('mlp.fc2'), wide, hidden, outputs, head.has('mlp.fc2.bias')), outputs };
};

const convnextTower = (weights: Weights): Pick<PictureTower, 'graph' | 'stride' | 'dimensions'> => {
  const trunk = weights.at('trunk');
  let dimensions = 0;
  const { graph, stride } = compileConvnext(trunk, (g, features, channels) => {
    const normal = layerNorm(g, trunk.at('head.norm'), pooled(g, features), channels, 1e-6);
    const { x, outputs } = convnextHead(g, weights.at('head'), normal, channels);
    dimensions = outputs;
    g.output('embeddings', x, 'float32', ['segments', outputs]);
  });
  return { graph, stride, dimensions };
};

const vitTower = (weights: Weights, told: ClipTold, dense: Dense, split?: readonly [number, number]): Omit<PictureTower, 'mean' | 'deviation'> => {
  if (weights.has('attn_pool.query')) throw badModel('This CLIP pools by attention (visual.attn_pool), which is not computed');
  const { picture, mean, deviation } = told;
  let dimensions = 0;
  const vit = compileVitOf(
    weights,
    clipVitConfig({ ...picture, mean, deviation }),
    { tap: dense === 'values' ? 'projected' : 'residual', layer: -1 },
    split,
    (g, features, channels) => {
      const normal = layerNorm(g, weights.at('norm'), pooled(g, features), channels, picture.epsilon);
      const { x, outputs } = projection(g, weights, 'proj', normal, channels);
      dimensions = outputs;
      g.output('embeddings', x, 'float32', ['segments', outputs]);
    },
  );
  return { graph: vit.graph, stride: vit.patch, dimensions, vit };
};

/**
 * The picture's graph. Inputs: `picture` (1 x 3 x height x width); `shares` (segments x cells), the share that each cell has of each
 * segment; with a vision transformer also `prefix` and `positions` (compileVit). Output: `embeddings` (segments x dimensions), not
 * normalised. All float32.
 * @param split width and height of the picture, where the runtime's attention would hold all scores at once
 * @throws InputError naming the config key or the tensor that does not fit
 */
export const compilePictureTower = (files: ClipFiles, dense: Dense, split?: readonly [number, number]): PictureTower => {
  const told = readClipConfig(files);
  const { mean, deviation } = told;
  const tower = files.picture.has('trunk.stem.0.weight') ? convnextTower(files.picture) : vitTower(files.picture, told, dense, split);
  return { ...tower, mean, deviation };
};

/** Both halves. @throws InputError likewise, and where they do not go together */
export const compileClip = (files: ClipFiles, dense: Dense): Clip => {
  const picture = compilePictureTower(files, dense);
  const text = compileTextTower(files.text, readClipConfig(files).text);
  if (picture.dimensions !== text.dimensions)
    throw badModel(`${files.name} has ${picture.dimensions} numbers for a picture and ${text.dimensions} for a text, which cannot be compared`);
  return { picture, text };
};
