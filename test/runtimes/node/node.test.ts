/** The golden path and the pipeline's over the built package, in Node: the same functions that web.test.ts runs in a browser. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { loadBuilt, loadParts, ROOT, readRepository } from '../built.ts';
import { agreement, goldenPath } from '../golden-path.js';
import { expectParity } from '../parity.ts';
import { FOLDER, pipelinePath } from '../pipeline-path.ts';
import { serve } from '../web/serve.ts';

describe('the built package in Node', () => {
  it('walks the golden path', async () => {
    const { agreements, photo, segmented } = await goldenPath(await loadBuilt(), readRepository);
    expect(Object.keys(agreements)).toHaveLength(9);
    for (const [name, share] of Object.entries(agreements)) expect(share, name).toBeGreaterThanOrEqual(0.999);
    expect([photo.width, photo.height]).toEqual([451, 300]);
    expect([segmented.width, segmented.height]).toEqual([451, 300]);
    expect(segmented.segments).toBeGreaterThan(1);
  });

  it('gives the goldens of a diffusion pipeline from Blobs and URLs, in shards', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'diffcut-node-'));
    vi.stubEnv('DIFFCUT_CACHE', cache);
    const server = await serve({ '/files/': ROOT });
    try {
      expectParity(await pipelinePath(await loadBuilt(), await loadParts(), readRepository, `${server.url}/files/${FOLDER}`));
    } finally {
      server.close();
      vi.unstubAllEnvs();
      await rm(cache, { recursive: true, force: true });
    }
  });
});

describe('agreement', () => {
  it('looks past names, but takes each id once', () => {
    expect(agreement([0, 0, 1, 1], [7, 7, 3, 3])).toBe(1);
    expect(agreement([0, 0, 1, 1], [5, 5, 5, 5])).toBe(0.5);
    expect(agreement([0, 1, 1, 1], [2, 2, 3, 3])).toBe(0.75);
    expect(agreement([0], [0, 0])).toBe(0);
  });
});
