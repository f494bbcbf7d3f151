#!/usr/bin/env node
/** The executable. `--version` (and -v, -V) answers before anything heavy is loaded; the rest is in program.ts. */
import { VERSION } from '../version-node.ts';

const args = process.argv.slice(2);
if (['--version', '-v', '-V'].includes(args[0])) process.stdout.write(`${VERSION}\n`);
else {
  const [{ run }, { hearConsole }] = await Promise.all([import('./program.ts'), import('./terminal.ts')]);
  hearConsole();
  process.exitCode = await run(args);
}
