/** What README and docs say can be pasted: the library's example runs, and every command line is one that is taken. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { createProgram } from '../src/cli/program.ts';
import { ROOT, requireBuild } from './runtimes/built.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffcut-readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];
const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].flatMap(([, of, code]) => (of === language ? [code] : []));

/** Lines that begin with the command, in blocks and alone in code spans; a line that ends with a backslash goes on. */
const commandLines = (text: string): string[] =>
  [
    ...blocks(text, '').flatMap((block) => block.replace(/\\\n\s*/g, '').split('\n')),
    ...[...text.matchAll(/`(diffcut [^`]+)`/g)].map(([, line]) => line),
  ]
    .filter((line) => line.startsWith('diffcut '))
    .map((line) => line.replace(/\s+#.*$/, ''));

/** The command that a line names, as deep as it goes. */
const commandOf = (program: Command, words: string[]): Command => {
  const next = program.commands.find((command) => command.name() === words[0]);
  return next ? commandOf(next, words.slice(1)) : (program.commands.find((command) => command.name() === 'segments') ?? program);
};

/** Runs a page's code as it would be pasted, beside a photo.jpg and an other.jpg. @returns what it prints */
const pasted = async (code: string): Promise<string> => {
  requireBuild();
  const built = (name: string): string => pathToFileURL(join(ROOT, 'dist', name)).href;
  const known = code.replace(/from 'diffcut(?:\/(\w+))?'/g, (_, part) => `from '${built(part ? `${part}/index.js` : 'index.js')}'`);
  writeFileSync(join(folder, 'example.mjs'), known);
  copyFileSync(join(ROOT, 'photos/rocket.jpg'), join(folder, 'photo.jpg'));
  copyFileSync(join(ROOT, 'photos/astronaut.jpg'), join(folder, 'other.jpg'));
  const env = { ...process.env, DIFFCUT_CACHE: join(folder, 'cache'), HF_HUB_OFFLINE: '1' };
  return (await promisify(execFile)(process.execPath, ['example.mjs'], { cwd: folder, env })).stdout;
};

/** What a page of a browser has at hand where the code of docs/models.md stands. */
const IN_A_PAGE = 'declare const onnx: Blob, json: Blob, data: Blob, file: File, input: { files: FileList };';

/** Code that wants a page: what the type checker says of it. */
const typeErrors = (code: string): string[] => {
  const path = join(ROOT, 'test/pasted.ts');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? `${IN_A_PAGE}\n${code.replace("'diffcut'", "'../src/index.ts'")}` : readFile(name));
  const program = ts.createProgram([path], { ...options, noEmit: true, noUnusedLocals: false }, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
};

/** What the code of each page prints; null for code that is only type-checked, because it wants a page or a model. */
const PRINTED: Record<string, (RegExp | null)[]> = {
  'docs/models.md': [null, null, null],
  'README.md': [/^\d+\n\d+ 256\n\{ x: \d+, y: \d+, cosine: [\d.]+ \}\n$/],
  'docs/errors.md': [/^get the model first: .*diffcut models pull dinov2-b/],
};

describe('README', () => {
  it('names photographs that are there', () => {
    const photos = readdirSync(join(ROOT, 'photos'));
    const named = [...textOf('README.md').matchAll(/`(?:photos\/)?(\w+\.jpg)`/g)]
      .map(([, name]) => name)
      .filter((name) => !/^(photo|other|cat)\.jpg$/.test(name));
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !photos.includes(name))).toEqual([]);
  });
});

describe.each(PAGES)('%s', (page) => {
  const code = blocks(textOf(page), 'ts');
  it.runIf(code.length > 0 || PRINTED[page])('has code that runs as it stands', async () => {
    expect(code).toHaveLength(PRINTED[page]?.length ?? 0);
    for (const [k, example] of code.entries()) {
      const printed = PRINTED[page][k];
      if (printed) expect(await pasted(example)).toMatch(printed);
      else expect(typeErrors(example)).toEqual([]);
    }
  });

  it('gives command lines that are taken', () => {
    const wrong = commandLines(textOf(page)).flatMap((line) => {
      const words = line.split(/\s+/).slice(1);
      const command = commandOf(createProgram(), words);
      const known = [...command.options, ...(command.parent?.options ?? [])].flatMap(({ long, short }) => [long, short]);
      return words
        .filter((word) => /^--?[a-z]/i.test(word) && !known.includes(word.split('=')[0]) && word !== '--help')
        .map((word) => `${line}: ${word}`);
    });
    expect(wrong).toEqual([]);
  });
});

it('finds commands and what is wrong in them', () => {
  expect(commandLines('```\ndiffcut segment a.jpg --price 0.1   # so\n  $ diffcut x\n```\n`diffcut models pull dinov2-b`')).toEqual([
    'diffcut segment a.jpg --price 0.1',
    'diffcut models pull dinov2-b',
  ]);
  expect(commandOf(createProgram(), ['eval', '--dataset']).name()).toBe('segments');
  expect(commandOf(createProgram(), ['models', 'pull', 'x']).name()).toBe('pull');
});
