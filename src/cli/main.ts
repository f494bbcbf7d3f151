#!/usr/bin/env node
/** The executable. `--version` answers before anything heavy is loaded; the rest is in program.ts. */
import { VERSION } from '../version-node.ts';

const args = process.argv.slice(2);
if (args[0] === '--version' || args[0] === '-V') process.stdout.write(`${VERSION}\n`);
else {
  const { run } = await import('./program.ts');
  process.exitCode = await run(args);
}
