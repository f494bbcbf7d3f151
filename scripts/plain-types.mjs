// The declarations without names of the imports map: TypeScript's older resolver (moduleResolution node10) knows none, and
// twins have the same types. "#files/source" in dist/index.d.ts becomes "./files/source-node.js".
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(dist, name);
  const root = relative(join(path, '..'), dist).split(sep).join('/') || '.';
  const text = readFileSync(path, 'utf8');
  const plain = text.replace(/(from |import\()(['"])#([\w/.-]+)\2/g, (_, before, quote, to) => {
    const target = posix.join(root, `${to}-node.js`);
    return `${before}${quote}${target.startsWith('.') ? target : `./${target}`}${quote}`;
  });
  if (plain !== text) writeFileSync(path, plain);
}
