import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The twins of package.json's `imports`, in the sources. */
const twins = [{ find: /^#(.+)$/, replacement: fileURLToPath(new URL('./src/$1-node.ts', import.meta.url)) }];

export default defineConfig({
  resolve: { alias: twins },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // What the build left is loaded by Node itself, with the twins that package.json names, as users have it.
    server: { deps: { external: [/\/dist\/.*\.js$/] } },
  },
});
