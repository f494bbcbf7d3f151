#!/usr/bin/env node
/** The executable. `--version` (and -v, -V) answers before anything heavy is loaded; the rest is in program.ts. */
import { VERSION } from '../version-node.ts';

// What decoders of others print there (heic-decode) would be taken for ours, which goes by the stream itself.
console.log = () => {};

const args = process.argv.slice(2);
if (['--version', '-v', '-V'].includes(args[0])) process.stdout.write(`${VERSION}\n`);
else {
  const { run } = await import('./program.ts');
  process.exitCode = await run(args);
}
