import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** The twins of package.json's `imports`, and the package itself as the studio imports it: in the sources. */
const alias = [
  { find: /^#(.+)$/, replacement: source('$1-node.ts') },
  { find: /^diffcut$/, replacement: source('index.ts') },
  { find: /^diffcut\/export$/, replacement: source('export/index.ts') },
];

/**
 * Numerics, tables and pure functions: their tests share modules, which spares a fifth of their time. Others put something in the place
 * of a global or a module.
 */
const SHARED =
  'src/{coherence,compare,compile,concepts,draw,eval,export,figure,image,models,options,regions,solve,studio/{edit,keep,worker},tensor,weights}/**/!(kernels|bytes|decode-web).test.ts';

export default defineConfig({
  resolve: { alias },
  test: {
    // tests of the page and of processes wait for much of their time: with as many files as processors, a machine of two is idle
    // for a fifth of it
    maxWorkers: Math.max(3, availableParallelism()),
    setupFiles: [fileURLToPath(new URL('./test/typed-arrays.ts', import.meta.url))],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // What the build left is loaded by Node itself, with the twins that package.json names, as users have it.
    server: { deps: { external: [/\/dist\/.*\.js$/] } },
    projects: [
      { extends: true, test: { name: 'shared', isolate: false, include: [SHARED] } },
      { extends: true, test: { name: 'apart', include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'], exclude: [SHARED] } },
    ],
  },
});
