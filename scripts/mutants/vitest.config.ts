/** The tests' configuration without its projects: a source that is changed in memory is to be loaded anew by every test file. */
import type { ViteUserConfig } from 'vitest/config';
import whole from '../../vitest.config.ts';

const { projects: _, ...test } = whole.test ?? {};
const config: ViteUserConfig = { ...whole, test };
export default config;
