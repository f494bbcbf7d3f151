import { describe, expect, it } from 'vitest';
import { vitJson } from '../../test/vits.ts';
import { familyOf, headsOf, readVitConfig } from './vit-config.ts';

/** What timm builds for each architecture of our families. `odd`: what it has that we do not compute. */
interface Architecture {
  name: string;
  num_heads: number;
  class_token: boolean;
  no_embed_class: boolean;
  pos_embed: boolean;
  rope_temperature: number | null;
  activation: string;
  mlp: string;
  eps: number;
  mean: number[];
  std: number[];
  odd: string[];
}

const ALL: Architecture[] = vitJson('architectures.json');

describe('the table of families', () => {
  it('knows enough architectures to be worth the test', () => {
    expect(ALL.filter(({ odd }) => odd.length === 0).length).toBeGreaterThan(80);
  });

  it.each(ALL.filter(({ odd }) => odd.length === 0).map((of) => [of.name, of] as const))('%s is what timm builds', (name, of) => {
    const config = readVitConfig({ architecture: name });
    expect(config.heads).toBe(of.num_heads);
    expect(config.epsilon).toBe(of.eps);
    expect(config.isRotary).toBe(of.rope_temperature !== null);
    expect(config.isRotary).toBe(!of.pos_embed);
    if (of.rope_temperature !== null) expect(config.rope_temperature).toBe(of.rope_temperature);
    // A gate's activation is SiLU whatever the family.
    if (of.mlp === 'Mlp') expect(config.activation).toBe(of.activation);
    else expect(of.activation).toBe('silu');
    if (of.pos_embed && of.class_token) expect(config.no_embed_class).toBe(of.no_embed_class);
  });

  it('lets the config say what its input is scaled by', () => {
    const architecture = 'vit_base_patch16_224';
    expect(readVitConfig({ architecture }).mean).toEqual([0.5, 0.5, 0.5]);
    const dino = readVitConfig({ architecture, pretrained_cfg: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } });
    expect([dino.mean, dino.deviation]).toEqual([
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ]);
  });

  it('lets model_args override the architecture', () => {
    const config = readVitConfig({
      architecture: 'vit_small_patch14_dinov2',
      model_args: { num_heads: 3, act_layer: 'quick_gelu', no_embed_class: true },
    });
    expect(config).toMatchObject({ heads: 3, activation: 'quick_gelu', no_embed_class: true });
  });

  it.each([
    [{}, /^config\.json has no "architecture": DINOv3, DINOv2/],
    [{ architecture: 'resnet50' }, /architecture "resnet50", which is not supported/],
    [{ architecture: 'vit_base_patch16_rope_224' }, /not supported/],
    [{ architecture: 'vit_odd_patch14_dinov2' }, /whose name does not say its heads: set "num_heads"/],
    [{ architecture: 'vit_base_patch14_dinov2', model_args: { qk_norm: true } }, /"qk_norm": true, which is not supported/],
    [{ architecture: 'vit_base_patch14_dinov2', model_args: { num_head: 3 } }, /"num_head" \(3\), which is not supported; "num_heads" is/],
    [{ architecture: 'vit_base_patch14_dinov2', model_args: { act_layer: 'relu' } }, /"act_layer": "relu"/],
    [{ architecture: 'vit_base_patch14_dinov2', model_args: { img_size: [1, 2, 3] } }, /\[height, width\]/],
  ])('refuses %o', (json, message) => {
    expect(() => readVitConfig(json)).toThrow(message);
  });

  it('is asked by names that are not of transformers too', () => {
    expect(familyOf('convnext_large')).toBeUndefined();
    expect(headsOf('vit_wee_patch16')).toBeUndefined();
  });
});
