/** The work of `diffcut models`: what is on this machine, told, fetched, verified and removed. */
import { printable, unknown } from '../errors.ts';
import {
  type EncoderRow,
  InputError,
  MODELS,
  modelPath,
  NAMERS,
  type NamerRow,
  type PulledModel,
  pulledModels,
  pullModel,
  removeModel,
  verifyModel,
} from '../toolkit.ts';
import { EXIT, interruptible, print, printJson, printPath, say, UsageError } from './terminal.ts';
import { createTransfer } from './transfer.ts';

const GET = 'The encoder of the paper: diffcut models pull ssd-1b';

/** Letters of a line. */
const WIDTH = 100;

const sizeOf = (bytes: number): string => (bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`);

const wrapped = (text: string): string => text.replace(new RegExp(`(.{1,${WIDTH}})( |$)`, 'g'), '$1\n').trimEnd();

/** Columns as wide as their widest cell. */
const table = (cells: string[][]): string => {
  const rows = cells.map((row) => row.map(printable));
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** Encoders, and what names segments. */
type Row = EncoderRow | NamerRow;
const ROWS: readonly Row[] = [...MODELS, ...NAMERS];

const isPackaged = ({ kind }: Row): boolean => kind === 'embedded';

const rowOf = (name: string): Row | undefined => ROWS.find((m) => m.name === name);

/** A model as this machine has it. */
interface Standing {
  row?: Row;
  pulled?: PulledModel;
}

const standings = async (): Promise<Standing[]> => {
  const pulled = await pulledModels();
  const known = ROWS.map((row) => ({ row, pulled: pulled.find(({ name }) => name === row.name) }));
  return [...known, ...pulled.filter(({ name }) => !rowOf(name)).map((p) => ({ pulled: p }))];
};

const nameOf = ({ row, pulled }: Standing): string => row?.name ?? pulled?.name ?? '';

const hereOf = ({ row, pulled }: Standing): string => {
  if (row && isPackaged(row)) return 'yes';
  return pulled ? (pulled.error ? 'damaged' : 'yes') : 'no';
};

/** What scripts get: the row, and where it is. */
const jsonOf = (standing: Standing): object => {
  const { row, pulled } = standing;
  const { path, bytes, sha256, verified, origins, error } = pulled ?? {};
  const local = pulled && { path, bytesOnDisk: bytes, sha256, verified, origins, error };
  return { name: nameOf(standing), ...row, here: hereOf(standing) === 'yes', ...local };
};

/** Each note once, with those that it is about: many share one. */
const notes = (): string[] => {
  const by = new Map<string, string[]>();
  for (const { name, note } of ROWS) by.set(note, [...(by.get(note) ?? []), name]);
  return [...by].map(([note, names]) => wrapped(`${names.join(', ')}: ${note}.`));
};

export const list = async (json: boolean | undefined): Promise<void> => {
  const all = await standings();
  if (json) return printJson(all.map(jsonOf));
  const head = ['name', 'on disk', 'download', 'licence', 'here', 'what'];
  const rowsOf = (standings: readonly Standing[]): string =>
    table([
      head,
      ...standings.map((standing) => {
        const { row, pulled } = standing;
        const download = row?.download ? sizeOf(row.download) : '-';
        return [nameOf(standing), sizeOf(pulled?.bytes ?? row?.bytes ?? 0), download, row?.licence ?? '', hereOf(standing), row?.what ?? ''];
      }),
    ]);
  const isNamer = ({ row }: Standing): boolean => row?.kind === 'clip';
  print([rowsOf(all.filter((one) => !isNamer(one))), '', rowsOf(all.filter(isNamer)), '', ...notes(), '', GET].join('\n'));
};

/** The one that is meant. @throws UsageError with a guess, or where only a model that can be pulled will do */
const standingOf = async (name: string, wants: 'any' | 'pullable' = 'any'): Promise<Standing> => {
  const all = await standings();
  const found = all.find((standing) => nameOf(standing) === name);
  if (!found) throw new UsageError(unknown('model', name, all.map(nameOf)).message);
  if (wants === 'pullable' && found.row && isPackaged(found.row))
    throw new UsageError(`${name} is in the package: there is nothing to pull or to remove`);
  return found;
};

const originRows = ({ origins }: PulledModel): string[][] =>
  origins.flatMap(({ repo, revision, commit, from, files }) => [
    ['from', `${repo} at ${revision}${commit ? ` (commit ${commit.slice(0, 10)})` : ''}${from ? `, from ${from}` : ''}`],
    ...files.map(({ path, checked }) => ['', `${path}: ${checked ? "checked by the hub's SHA-256" : 'unchecked'}`]),
  ]);

const sealRow = ({ sha256, verified }: PulledModel): string[] => [
  'SHA-256',
  sha256 === undefined ? 'none was kept' : `${sha256.slice(0, 12)}... when it was pulled, ${verified ? 'and since' : 'read again at its next use'}`,
];

/** What becomes of a size that is no multiple. */
const SIZES: Record<EncoderRow['sizes'], (multiple: number) => string> = {
  refused: (multiple) => `multiples of ${multiple}`,
  rounded: (multiple) => `rounded to multiples of ${multiple}`,
  cut: () => 'or any other, cut to whole tokens',
};

/** How an encoder's features are made and cut. */
const cutRows = (row: EncoderRow): string[][] => [
  ['input', `${row.size} pixels a side, ${SIZES[row.sizes](row.multiple)}, a token for ${row.gridStep} x ${row.gridStep}`],
  ['solver', row.solver === 'merge' ? `merge, price ${row.merge.price}, ease ${row.ease}; with ncut:` : 'ncut'],
  ['alpha', String(row.alpha)],
  [row.tau === undefined ? 'price' : 'tau', row.tau === undefined ? `${row.price}, ease ${row.ease}` : String(row.tau)],
];

export const info = async (name: string, json: boolean | undefined): Promise<void> => {
  const standing = await standingOf(name);
  if (json) return printJson(jsonOf(standing));
  const { row, pulled } = standing;
  const about = row && [
    ['what', row.what],
    ['licence', row.licence],
    ['where', row.where],
    ['weights', `${sizeOf(row.bytes)} on disk${row.download ? `, ${sizeOf(row.download)} to fetch` : ''}`],
    ...(row.kind === 'clip' ? [['input', `${row.size} pixels a side`]] : cutRows(row)),
    ['note', row.note],
  ];
  const local = pulled && [
    ['on disk', `${sizeOf(pulled.bytes)} in ${pulled.folder}`],
    ...(pulled.error ? [] : [sealRow(pulled), ...originRows(pulled)]),
    ...(pulled.error ? [['damaged', `${pulled.error}; "diffcut models pull ${name}" mends it`]] : []),
  ];
  const absent = row && !isPackaged(row) && !pulled && [['on disk', `no: "diffcut models pull ${name}" gets it`]];
  print(table([['name', name], ...(about || []), ...(local || []), ...(absent || [])]));
};

interface PullOptions {
  revision?: string;
  from?: string;
  keep?: boolean;
  whole?: boolean;
  tap?: 'tokens' | 'attention';
  quiet?: boolean;
}

export const pull = async (name: string, { quiet = false, ...options }: PullOptions): Promise<void> => {
  await standingOf(name, 'pullable');
  await interruptible(async (signal) => {
    const transfer = await createTransfer(quiet);
    try {
      const { path, changed } = await pullModel(name, { ...options, signal, onProgress: transfer.onProgress, say: transfer.say });
      if (changed) transfer.say(`${name}: done, in ${path}`);
    } finally {
      transfer.close();
    }
  });
};

/** All that are asked of are read, whatever is found of the first. */
export const verify = async (names: string[], json: boolean | undefined): Promise<void> => {
  for (const name of names) await standingOf(name, 'pullable');
  const asked = names.length > 0 ? names : (await pulledModels()).map(({ name }) => name);
  const found: { name: string; sha256?: string; error?: string }[] = [];
  for (const name of asked) {
    const one = await verifyModel(name).then(
      (sha256) => ({ name, sha256 }),
      (error: unknown) => {
        if (!(error instanceof InputError)) throw error;
        return { name, error: error.message };
      },
    );
    found.push(one);
    if (json) continue;
    if ('error' in one) say(one.error);
    else print(`${name}: as it was pulled, SHA-256 ${one.sha256}`);
  }
  if (json) print(JSON.stringify(found));
  else if (asked.length === 0) say('No model is on this machine: there is nothing to verify');
  if (found.some(({ error }) => error !== undefined)) process.exitCode = EXIT.failed;
};

export const remove = async (name: string): Promise<void> => {
  if (rowOf(name)) await standingOf(name, 'pullable');
  say(`${name}: removed, ${sizeOf(await removeModel(name, undefined, say))} freed`);
};

export const path = async (name: string): Promise<void> => {
  await standingOf(name, 'pullable');
  printPath(await modelPath(name));
};
