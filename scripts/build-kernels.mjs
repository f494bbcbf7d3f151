// Compiles src/tensor/assembly to WebAssembly (SIMD) and embeds it as base64, so that Node and every
// bundler load it alike: no file to find at run time.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
let binary;
const { error, stderr } = await asc.main(
  ['index.ts', '--outFile', 'kernels.wasm', '--runtime', 'stub', '--importMemory', '--enable', 'simd', '-O3', '--noAssert', '--use', 'abort='],
  {
    readFile: (name, base) => asc.libraryFiles?.[name] ?? readIfThere(join(root, 'src/tensor/assembly', base === '.' ? name : join(base, name))),
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
  },
);
if (error) {
  console.error(stderr.toString());
  throw error;
}
writeFileSync(
  join(root, 'src/tensor/kernels.generated.ts'),
  `// Made by scripts/build-kernels.mjs from src/tensor/assembly.\nexport const KERNELS_BASE64: string =\n  '${Buffer.from(binary).toString('base64')}';\n`,
);

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
