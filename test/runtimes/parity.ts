/** What pipelinePath and vitPath have to give, whatever runs them. */
import { expect } from 'vitest';
import type { PipelineOutcome } from './pipeline-path.ts';
import type { VitOutcome } from './vit-path.ts';

/** Relative errors at most. */
const LIMITS = {
  prompt_embeds: 1e-4,
  pooled: 1e-4,
  'prompt_embeds-prompt': 1e-4,
  'pooled-prompt': 1e-4,
  latents: 1e-4,
  'tiny latents': 1e-4,
  'features of noisy': 1e-3,
  Blobs: 1e-3,
  URLs: 1e-3,
};

export const expectParity = ({ errors, partitions, shards, tiny }: PipelineOutcome): void => {
  expect(Object.keys(errors)).toEqual(Object.keys(LIMITS));
  for (const [name, limit] of Object.entries(LIMITS)) expect(errors[name], name).toBeLessThan(limit);
  expect(Object.keys(partitions)).toEqual(['Blobs', 'URLs']);
  for (const [name, { same, segments }] of Object.entries(partitions)) expect([same, segments > 1], name).toEqual([true, true]);
  for (const [graph, count] of Object.entries(shards)) expect(count, graph).toBeGreaterThan(1);
  expect(Object.keys(shards)).toContain('unet');
  expect(Array.from(tiny).every(Number.isFinite)).toBe(true);
};

/** What vitPath has to give. */
export const expectVits = ({ errors, match, figure }: VitOutcome): void => {
  expect(Object.keys(errors)).toHaveLength(8);
  for (const [kind, error] of Object.entries(errors)) expect(error, kind).toBeLessThan(1e-4);
  expect([match.x, match.y, Math.round(match.cosine * 1e4)]).toEqual([20, 30, 1e4]);
  expect(figure[0]).toBeGreaterThan(150);
  expect(figure[1]).toBeGreaterThan(58);
};
