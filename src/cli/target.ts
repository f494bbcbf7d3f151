/** What `-o` of `diffcut segment` names: the folder of all outputs, one file, or standard output. */
import { extname } from 'node:path';
import { isS3 } from '../jobs/inputs-node.ts';
import type { Target } from '../jobs/plan-node.ts';
import { statIfThere } from '../system-errors-node.ts';
import { DEFAULT_FORMATS, FORMATS } from '../toolkit.ts';
import { UsageError } from './terminal.ts';

interface Asked {
  output: string;
  /** Formats, where they were given. */
  format?: readonly string[] | undefined;
}

interface Where {
  target: Target;
  formats: readonly string[];
}

/** How names of files end, and which endings look like such a file and are none that is written. */
const ENDINGS = [...new Set(Object.values(FORMATS).flatMap((format) => ('bytes' in format ? [extname(`x${format.suffix}`)] : [])))];
const OTHERS = new Set(['.gif', '.webp', '.bmp', '.avif', '.heic', '.jpeg', '.tiff', '.svg', '.pdf', '.npz', '.zip', '.csv', '.txt', '.xml']);

/** Formats of one file whose names end as this one does, the one that ends most alike first. */
const formatsOf = (output: string): string[] => {
  const name = output.toLowerCase();
  const score = (suffix: string): number => (name.endsWith(suffix) ? suffix.length : 0);
  return Object.keys(FORMATS)
    .filter((format) => 'bytes' in FORMATS[format] && extname(`x${FORMATS[format].suffix}`) === extname(name))
    .sort((a, b) => score(FORMATS[b].suffix) - score(FORMATS[a].suffix));
};

/** A file of one format. @param possible those that can be there, the usual one first */
const fileOf = (file: string, format: readonly string[] | undefined, possible: readonly string[]): Where => {
  const told = file === '-' ? 'Standard output' : JSON.stringify(file);
  const [chosen = possible[0], ...more] = format ?? [];
  if (more.length > 0) throw new UsageError(`${told} takes one format, not ${format?.length}: give one with --format, or a folder with -o`);
  if (!possible.includes(chosen))
    throw new UsageError(`${told} cannot be of the format ${chosen}: give one of ${possible.join(', ')}, or a folder with -o`);
  return { target: { file }, formats: [chosen] };
};

/** Where outputs go, and in which formats. @throws UsageError where these do not fit */
export const targetOf = async ({ output, format }: Asked): Promise<Where> => {
  const single = Object.keys(FORMATS).filter((name) => 'bytes' in FORMATS[name]);
  if (output === '-') return fileOf(output, format, single);
  const there = isS3(output) ? undefined : await statIfThere(output);
  if (there && !there.isDirectory() && !there.isFile()) return fileOf(output, format, single);
  const possible = formatsOf(output);
  if (!there && possible.length === 0 && OTHERS.has(extname(output).toLowerCase()))
    throw new UsageError(`${JSON.stringify(output)} is of a kind that is not written: end it on ${ENDINGS.join(', ')}, or give a folder with -o`);
  if (there?.isDirectory() || /[\\/]$/.test(output) || possible.length === 0)
    return { target: { folder: output }, formats: format ?? DEFAULT_FORMATS };
  return fileOf(output, format, possible);
};
