/**
 * A ledger read again and again, as whoever takes one picture at a time does, while others add to it: only what was added is read.
 * Of a hundred thousand pictures a ledger has tens of megabytes, too many to read for each of them.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { noneIfAbsent, notRead } from '../system-errors-node.ts';
import { inTurn } from '../toolkit.ts';
import { entryOf, LEDGER, type Ledger } from './ledger-node.ts';

/** What was read of a folder's ledger. */
interface Known {
  folder: string;
  /** Of the file, which may be another one. */
  inode: bigint;
  /** Bytes that were read. */
  at: bigint;
  /** Whole lines, by the stem that they are of. */
  lines: Map<string, string[]>;
  /** The last line, which has no end and may not be whole. */
  last: Buffer;
}

const NONE: Ledger = { entries: new Map(), prints: new Map() };

/** Not waiting for whoever writes to a pipe in its place. */
const { O_RDONLY, O_NONBLOCK = 0 } = constants;

const keep = ({ lines }: Known, line: string): void => {
  const stem = entryOf(line)?.stem;
  if (stem === undefined) return;
  const of = lines.get(stem);
  if (of) of.push(line);
  else lines.set(stem, [line]);
};

/** Reads on from where it was left. */
const readOn = async (folder: string, before: Known | undefined): Promise<Known | undefined> => {
  const file = await open(join(folder, LEDGER), O_RDONLY | O_NONBLOCK).catch(noneIfAbsent);
  if (!file) return undefined;
  try {
    const there = await file.stat({ bigint: true });
    if (!there.isFile()) throw notRead(join(folder, LEDGER), { code: 'ENODEV' });
    const { ino, size } = there;
    const isSame = before?.folder === folder && before.inode === ino && before.at <= size;
    const known: Known = isSame ? before : { folder, inode: ino, at: 0n, lines: new Map(), last: Buffer.alloc(0) };
    const added = Buffer.alloc(Number(size - known.at));
    const { bytesRead } = await file.read(added, 0, added.length, Number(known.at));
    known.at += BigInt(bytesRead);
    const bytes = Buffer.concat([known.last, added.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf('\n') + 1;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) keep(known, line);
    known.last = bytes.subarray(end);
    return known;
  } finally {
    await file.close();
  }
};

/** Gives the lines of a stem as they are now. Of one folder what was read is kept: whoever changes folders reads anew. */
export const followLedger = (): ((folder: string, stem: string) => Promise<Ledger>) => {
  const turn = inTurn();
  let known: Known | undefined;
  return (folder, stem) =>
    turn(async () => {
      known = await readOn(folder, known).catch((error) => {
        throw notRead(join(folder, LEDGER), error);
      });
      if (!known) return NONE;
      const entries = [...(known.lines.get(stem) ?? []), known.last.toString()].flatMap((line) => entryOf(line) ?? []);
      return { entries: new Map([[stem, entries.filter((entry) => entry.stem === stem)]]), prints: new Map() };
    });
};
