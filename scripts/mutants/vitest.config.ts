/** The tests' configuration without its projects: a source that is changed in memory is to be loaded anew by every test file. */
import whole from '../../vitest.config.ts';

const { projects: _, ...test } = whole.test ?? {};
export default { ...whole, test };
