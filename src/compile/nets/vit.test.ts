import { describe, expect, it } from 'vitest';
import { vitFolder } from '../../../test/vits.ts';
import { folderFiles } from '../../files/source-node.ts';
import { openVitFiles } from '../../weights/vit-files.ts';
import { type Weights, weightsOf } from '../../weights/weights.ts';
import { compileVit } from './vit.ts';

const filesOf = (kind: string) => openVitFiles(folderFiles(vitFolder(kind)));

/** The same weights, without one, or with one of another shape. */
const changed = (weights: Weights, name: string, shape?: readonly number[]): Weights =>
  weightsOf(
    weights
      .names()
      .filter((n) => n !== name || shape)
      .map((n) => [
        n,
        n === name
          ? { ...weights.take(n, weights.shapeOf(n) as number[]), shape: shape as number[] }
          : weights.take(n, weights.shapeOf(n) as number[]),
      ]),
  );

describe('compileVit', () => {
  it('builds no block after the one that is tapped', async () => {
    const { weights, config } = await filesOf('dinov2');
    const placed = (tap: Parameters<typeof compileVit>[2]) => compileVit(weights, config, tap).graph.weights.map(({ tensor }) => tensor.key);
    expect(placed({ tap: 'tokens', layer: -2 }).some((key) => key.startsWith('blocks.2.'))).toBe(false);
    const keys = placed({ tap: 'keys', layer: -1 });
    expect(keys).toContain('blocks.2.attn.qkv.weight[32:64]');
    expect(keys.some((key) => key.startsWith('blocks.2.mlp') || key === 'norm.weight' || key === 'blocks.2.attn.qkv.weight[0:32]')).toBe(false);
  });

  it('uses the parts of one matrix where they lie', async () => {
    const { weights, config } = await filesOf('dino');
    const { graph } = compileVit(weights, config);
    const [q, k, v] = graph.weights.filter(({ tensor }) => tensor.key.startsWith('blocks.0.attn.qkv.weight')).map(({ tensor }) => tensor);
    expect(q.end).toBe(k.start);
    expect(v.end).toBe(q.whole?.end);
  });

  it('splits queries where the runtime would hold all scores', async () => {
    const { weights, config } = await filesOf('dino');
    const attentions = (split?: readonly [number, number]) =>
      compileVit(weights, config, undefined, split).graph.nodes.filter(({ type }) => type === 'MultiHeadAttention').length;
    expect(attentions()).toBe(3);
    expect(attentions([512, 512])).toBe(3);
    expect(attentions([1024, 1024])).toBeGreaterThan(3);
  });

  it.each<[string, string, string, number[] | undefined, RegExp]>([
    ['without patches', 'dino', 'patch_embed.proj.weight', undefined, /no tensor patch_embed\.proj\.weight/],
    ['without places', 'dino', 'pos_embed', undefined, /no tensor pos_embed/],
    ['without blocks', 'dino', 'blocks.0.norm1.weight', undefined, /no tensor blocks\.0\.norm1\.weight/],
    ['without a final norm', 'dino', 'norm.weight', undefined, /no tensor norm\.weight of shape \(32\)/],
    ['with another attention', 'dino', 'blocks.1.attn.qkv.weight', [96, 16], /blocks\.1\.attn\.qkv\.weight has shape \(96, 16\), not \(96, 32\)/],
    ['with a grid that is no square', 'dino', 'pos_embed', [1, 44, 32], /has 43 places, which are no square/],
  ])('refuses a file %s', async (_, kind, name, shape, message) => {
    const { weights, config } = await filesOf(kind);
    expect(() => compileVit(changed(weights, name, shape), config)).toThrow(message);
  });

  it('refuses a block that there is not, and heads that do not fit', async () => {
    const { weights, config } = await filesOf('dino');
    expect(() => compileVit(weights, config, { tap: 'tokens', layer: -4 })).toThrow(/has 3 blocks: layer is -1 \(the last\) to -3/);
    expect(() => compileVit(weights, { ...config, model_args: { num_heads: 5 } })).toThrow(/5 heads, which do not divide 32 channels/);
  });
});
