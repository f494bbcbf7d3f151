/** The package as `npm run build` left it, for tests of what users get. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Parts } from './pipeline-path.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @throws where there is no build: these tests are no use without one */
export const requireBuild = (): void => {
  if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('dist/ is missing: run "npm run build" first ("npm test" does)');
};

/** The built package, loaded. */
export const loadBuilt = async (): Promise<typeof import('../../src/toolkit.ts')> => {
  requireBuild();
  return import(pathToFileURL(join(ROOT, 'dist/toolkit.js')).href);
};

/** @param path below the repository, with slashes */
export const readRepository = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(join(ROOT, path)));

/** Modules of the build that the package's surface does not show, for what it has no option for. */
const PARTS = ['compile/nets/unet.js', 'compile/nets/vae.js', 'runtime/place.js', 'text/prompt.js', 'runtime/session-node.js', 'weights/pipeline.js'];

export const loadParts = async (): Promise<Parts> =>
  Object.assign({}, ...(await Promise.all(PARTS.map((path) => import(pathToFileURL(join(ROOT, 'dist', path)).href)))));
