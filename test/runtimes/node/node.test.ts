/** The golden path and the pipeline's over the built package, in Node: the same functions that web.test.ts runs in a browser. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { loadBuilt, loadParts, ROOT, readRepository } from '../built.ts';
import { agreement, goldenPath } from '../golden-path.js';
import { expectParity, expectVits } from '../parity.ts';
import { FOLDER, pipelinePath } from '../pipeline-path.ts';
import { VITS_FOLDER, vitPath } from '../vit-path.ts';
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

describe('vision transformers of the built package in Node', () => {
  it('give their goldens from Blobs and URLs, and a comparison is drawn', async () => {
    const server = await serve({ '/files/': ROOT });
    try {
      expectVits(await vitPath(await loadBuilt(), readRepository, `${server.url}/files/${VITS_FOLDER}`));
    } finally {
      server.close();
    }
  });
});

describe('the runtime in Node', () => {
  it('keeps nothing about its user and reports nothing', async () => {
    const home = await mkdtemp(join(tmpdir(), 'diffcut-home-'));
    const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
    const index = JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href);
    const script = `const { openEncoder } = await import(${index}); await (await openEncoder('embedded')).dispose();`;
    try {
      // Left to itself, the runtime writes an identifier of this machine and a queue of what it will send.
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...env, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), CI: '' },
      });
      expect(await readdir(home)).toEqual([]);
    } finally {
      await rm(home, { recursive: true, force: true });
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
