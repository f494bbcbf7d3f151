/** What pipelinePath has to give, whatever runs it. */
import { expect } from 'vitest';
import type { PipelineOutcome } from './pipeline-path.ts';

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
