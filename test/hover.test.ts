/** What an editor shows over an option in a user's code, from the types as they are published. */
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT, requireBuild } from './runtimes/built.ts';

/** `|` stands before what is hovered over. */
const HOVERED = `
import { openEncoder, partition, refine, segment } from './dist/index.js';
await segment('a.jpg', { |price: 0.04 });
await segment('a.jpg', { |timestep: 50 });
await segment('a.jpg', { |refine: 'edges' });
await openEncoder('ssd-1b', { |cacheFeatures: true });
await partition({} as never, { |tau: 0.5 });
await refine({} as never, {} as never, { |iterations: 3 });
`;

describe('over an option an editor shows', () => {
  it('what it means, its range and its default', () => {
    requireBuild();
    const file = join(ROOT, 'hovered.ts');
    const [first, ...rest] = HOVERED.split('|');
    const at = rest.map((_, i) => first.length + rest.slice(0, i).join('').length);
    const text = [first, ...rest].join('');
    const options: ts.CompilerOptions = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, types: [] };
    const service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (path) => {
        const source = path === file ? text : ts.sys.readFile(path);
        return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (path) => path === file || ts.sys.fileExists(path),
      readFile: ts.sys.readFile,
      directoryExists: ts.sys.directoryExists,
    });
    expect(service.getSemanticDiagnostics(file).map(({ messageText }) => messageText)).toEqual([]);
    const told = at.map((position) => ts.displayPartsToString(service.getQuickInfoAtPosition(file, position)?.documentation));
    expect(told).toEqual([
      'share of the picture (of a tile with tiles) that one more segment must explain; lower: more (a number from 0 to 1)',
      'diffusion: how much noise is on the picture, of 1000 steps; with the tap attention 300 where not given (a whole number\nfrom 0 to 999; default: 50)',
      'how borders are drawn at full size (one of edges, vote, pamr, crf, none; default: edges)',
      'diffusion, ViT: keep the features, so that the same picture costs nothing with another tau (true or false; default: false)',
      'keep a split while its normalized cut is below this; higher: more segments (a number from 0 to 2; default: 0.5)',
      "rounds of PAMR, or of the CRF's mean field (a whole number from 1 to 1000; default: 10)",
    ]);
  });
});
