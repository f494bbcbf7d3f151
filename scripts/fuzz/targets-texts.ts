/** Readers of texts: run lengths, ledgers, lists, options, command lines; and every function with arguments that are none. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { DATASETS, resolveItems } from '../../src/eval/datasets.ts';
import { headLine, type Settings } from '../../src/eval/ledger.ts';
import { readRun } from '../../src/eval/merge.ts';
import { REPORT_FORMATS } from '../../src/eval/report/formats.ts';
import { reportOf } from '../../src/eval/report/report.ts';
import { runsOf } from '../../src/eval/report/runs.ts';
import * as diffcut from '../../src/index.ts';
import { LEDGER, readLedger } from '../../src/jobs/ledger-node.ts';
import { listedVocabulary } from '../../src/label/vocabulary.ts';
import { jointName, jointParts } from '../../src/models/joint-name.ts';
import { checkOrigin } from '../../src/models/origin.ts';
import { ENCODER } from '../../src/options/encoders.ts';
import { COHERENCE } from '../../src/options/figure.ts';
import { PULL_MODEL, URL_FILES } from '../../src/options/files.ts';
import { SEGMENT } from '../../src/options/segment.ts';
import { resolveOptions } from '../../src/options/spec.ts';
import { readWords } from '../../src/serve/names-node.ts';
import { placeInKnown, readConceptNames, readConcepts, rleArea, rleBox, segmentPalette } from '../../src/toolkit.ts';
import type { Target } from './targets.ts';
import { faultOf } from './verdict.ts';

const json = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)));
const lines = (...all: unknown[]): Uint8Array => new Uint8Array(Buffer.from(all.map((line) => `\n${JSON.stringify(line)}`).join('')));

const parsed = (bytes: Uint8Array): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(Buffer.from(bytes).toString()) };
  } catch {
    return undefined;
  }
};

/** What JSON cannot write, by `{ "$": its name, of: ... }`. */
const REVIVED: Record<string, (of: unknown) => unknown> = {
  nan: () => Number.NaN,
  infinite: () => Number.NEGATIVE_INFINITY,
  undefined: () => undefined,
  function: () => () => 0,
  symbol: () => Symbol('x'),
  bigint: () => 1n,
  date: () => new Date(0),
  map: () => new Map([[1, 2]]),
  bare: () => Object.create(null),
  thrower: () => new Proxy({}, {}),
  floats: (of) => Float32Array.from(asNumbers(of)),
  ids: (of) => Int32Array.from(asNumbers(of)),
  bytes: (of) => Uint8Array.from(asNumbers(of)),
};
const asNumbers = (of: unknown): number[] => (Array.isArray(of) ? of.slice(0, 5000).map((n) => (typeof n === 'number' ? n : Number.NaN)) : []);

/** What lies deeper is left out: JSON of any depth has its own readers. */
const DEEPEST = 100;

const revived = (value: unknown, depth = 0): unknown => {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  const { $: name, of } = value as { $?: unknown; of?: unknown };
  if (typeof name === 'string' && Object.hasOwn(REVIVED, name)) return REVIVED[name](of);
  if (Array.isArray(value)) return value.map((inner) => revived(inner, depth + 1));
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value))
    Object.defineProperty(out, key, { value: revived(inner, depth + 1), enumerable: true, writable: true, configurable: true });
  return out;
};
const odd = (name: string, of?: unknown): object => ({ $: name, of });
const ODD = ['nan', 'infinite', 'undefined', 'function', 'symbol', 'bigint', 'date', 'map', 'bare'].map((name) => odd(name));

/** Options by their tables. */
const TABLES = { segment: SEGMENT, openEncoder: ENCODER, coherence: COHERENCE, pullModel: PULL_MODEL, urlFiles: URL_FILES } as const;

const fillingOf = (table: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(table).map(([name, { default: fallback, range, values }]) => [name, values?.[0] ?? range?.[0] ?? fallback ?? 'x']),
  );

const labels = { data: odd('ids', [0, 1, 1, 0]), width: 2, height: 2 };
const picture = { data: odd('bytes', Array(12).fill(9)), width: 2, height: 2 };
const features = { data: odd('floats', [1, 0, 0, 1]), width: 2, height: 1, channels: 2 };

/** Functions without a disk or a network, with arguments that they take. */
const CALLS: Record<string, unknown[]> = {
  assign: [{ ...labels, height: 1, data: odd('ids', [0, 1]) }, features, { width: 4, height: 4 }],
  bestMatch: [{ data: odd('floats', [0, 1, 1, 0]), width: 2, height: 2 }],
  cutout: [picture, labels, { id: 1, boxXYWH: [0, 0, 2, 2] }],
  decodeRle: [{ size: [2, 2], counts: [1, 2, 1] }],
  describe: [labels, picture, {}],
  drawHeatmap: [picture, { data: odd('floats', [0, 1, 1, 0]), width: 2, height: 2 }, { colormap: 'viridis' }],
  drawOverlay: [picture, labels, {}],
  encodeAllRles: [labels, {}],
  encodeIndexedPng: [labels, odd('bytes', Array(768).fill(1)), {}],
  encodeLabelTiff: [labels, { geo: { tags: { 33550: [2, 2, 0] } } }],
  encodePng: [picture],
  maskOf: [labels, 1],
  partition: [features, { alpha: 3, tau: 0.5 }],
  refine: [labels, picture, { iterations: 2 }],
  segmentPalette: [5],
  similarity: [features, [0, 0], features, {}],
  splitComponents: [labels, { minArea: 1 }],
  writeNpy: [odd('floats', [1, 2]), [2], 'f4'],
};
const FUNCTIONS = { ...diffcut, segmentPalette } as unknown as Record<string, (...args: unknown[]) => unknown>;

const call = async (bytes: Uint8Array): Promise<void> => {
  const { value } = parsed(bytes) ?? {};
  const { call: name, args } = (revived(value) ?? {}) as { call?: unknown; args?: unknown };
  if (typeof name !== 'string' || !Object.hasOwn(CALLS, name) || !Array.isArray(args)) return;
  await FUNCTIONS[name](...args);
};

/** The command line's commands with nothing behind them: what is read of the arguments is all there is. */
const idle = (command: Command, told: string[]): Command => {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: (text) => void told.push(text) });
  if (command.commands.length === 0) command.action(() => {});
  for (const inner of command.commands) idle(inner, told);
  return command;
};

const parseArgs = async (bytes: Uint8Array): Promise<void> => {
  const { value } = parsed(bytes) ?? {};
  if (!Array.isArray(value)) return;
  const args = value.flatMap((arg) => (typeof arg === 'string' ? [arg.replaceAll('\0', '').slice(0, 300)] : [])).slice(0, 200); // no system hands on a NUL
  const told: string[] = [];
  const refusal: unknown = await idle(createProgram(), told)
    .parseAsync(args, { from: 'user' })
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  const fault = told.length > 0 ? faultOf(told.join('').slice(0, 2000)) : undefined;
  if (fault) throw new Error(fault);
  if (refusal) throw refusal;
};

const COMMAND_LINES = [
  'segment a.jpg -o out --tau 0.5 --refine edges --format labels,overlay --page 2 --bands 3,2,1 --stretch p2,p98 --jobs 2 --min-area 9',
  'segment a.jpg --encoder dinov2-b:2+ssd-1b --size 512x256 --noise seed:3 --price 0.01 --ease 0.5 --join 0.1 --tile 512 --max-pixels 1000',
  'encode a.jpg -o a.npy --layer 3 --tap keys --vae tiny --device cpu',
  'partition a.npy -o b.npy --tau 0.6 --output-size 640x480 --json',
  'refine a.npy a.jpg -o b.png --iterations 3 --dilations 1,2,4',
  'coherence a.jpg b.jpg -o a.png --point 1,2 --box 1,2,3,4 --encoders embedded,dinov2-b --mask m.png --label 3',
  'eval --dataset folder --images a --masks b --classes 5 --background 0 --ignore 255 --limit 3',
  'eval --dataset bsds500 --images a --masks b --prices 0.1,0.2',
  'tune --dataset folder --images a --masks b --alphas 1,10 --taus 0.1,0.9 --prices 0.1',
  'models pull ssd-1b --revision main --from x --keep',
  'help segment',
].map((line) => json(line.split(' ')));

const entry = { picture: { name: 'a.jpg', bytes: 5, modified: '2026-01-01T00:00:00.000Z' }, asked: { tau: 0.5 }, stem: 'a', outputs: { 'a.png': 9 } };
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));

const made = { version: '0', encoder: 'embedded', solver: 'ncut', refine: 'none' };
const settings = { ...made, dataset: 'folder', classes: 3, ignore: 255, tau: 0.5, price: null, shard: 1, shards: 1, pictures: 1 };
const counted = { id: 'a', at: 0, segments: 2, pixels: 9, classes: [[0, 1, 2, 3]], objects: { count: 1, best: 0.5, union: 2 } };
const evaluation = (of: Settings, ...found: object[]): Uint8Array =>
  new Uint8Array(Buffer.from(`${headLine({ settings: { ...settings, ...of } })}${found.map((line) => `${JSON.stringify(line)}\n`).join('')}`));
const evaluations = (): Uint8Array[] => [
  evaluation({ kind: 'classes' }, counted),
  evaluation({ kind: 'drawings' }, { id: 'b', at: 0, drawings: [{ covering: 0.5 }] }, { id: 'b', at: 0, problem: 'none' }),
  evaluation({ kind: 'tune', alphas: [1], taus: [0.5, 1], prices: [] }, { id: 'a', at: 0, cells: [0, 0], scores: [counted] }),
  evaluation(
    { kind: 'coherence', encoders: ['e'] },
    { id: 'a', at: 0, width: 4, height: 3, picked: [[1, [11, 0]]] },
    { id: 'a', at: 0, encoder: 'e', features: 'AACAPwAAgD8=' },
  ),
];

/** Of whole runs, as a report takes them. */
const reported = (): Uint8Array[] => {
  const whole = { shard: undefined, shards: undefined, pictures: undefined } as unknown as Settings;
  const { classes: _, ...others } = counted;
  const means = { segments: 2, covering: 0.5, pri: 0.5, vi: 1, precision: 1, recall: 1, pieces: 1, slivers: 0, roughness: 0, borderLength: null };
  const drawn = { ...means, oneToOne: { predicted: 3, predictedMatched: 2, drawn: 4, drawnMatched: 1 } };
  return [
    evaluation({ ...whole, kind: 'classes' }, counted),
    evaluation({ ...whole, kind: 'dictionary', dictionary: 'set', predictions: '/p' }, { ...others, overlaps: [[0, 1, 5]] }),
    evaluation({ ...whole, kind: 'drawings', dataset: 'bsds500', prices: [0.1, 0.2] }, { id: 'b', at: 0, drawings: [drawn, drawn] }),
    ...evaluations(),
  ];
};

const listed = (bytes: Uint8Array): Promise<unknown> =>
  resolveItems(
    DATASETS.folder,
    { images: 'i', masks: 'm', list: 'l' },
    {
      names: async (where) => (where === 'i' ? ['a.jpg', 'b.jpg', 'c.d.png'] : ['a.png', 'b.png', 'c.d.png']),
      isFolder: async () => true,
      text: async () => Buffer.from(bytes).toString(),
    },
  );

/** Of any counts, and of counts that fit. */
const rle = (bytes: Uint8Array): void => {
  const { value } = parsed(bytes) ?? {};
  const mask = revived(value) as diffcut.Rle;
  rleArea(mask);
  rleBox(mask);
  const size = mask?.size;
  if (Array.isArray(size) && size[0] * size[1] <= 2 ** 20) diffcut.decodeRle(mask);
};

const rleSeeds = (): Uint8Array[] =>
  (
    JSON.parse(readFileSync('test/golden/rle/cases.json', 'utf8')) as { cases: { height: number; width: number; counts: string; runs: number[] }[] }
  ).cases
    .filter(({ counts }) => counts.length < 400)
    .slice(0, 40)
    .flatMap(({ height, width, counts, runs }) => [json({ size: [height, width], counts }), json({ size: [height, width], counts: runs })]);

/** Small, as all inputs are; whatever size they claim. */
const SMALL = { maxPixels: 2 ** 20 };
const labelFile = (name: string): Uint8Array => new Uint8Array(readFileSync(`test/golden/label-files/${name}.json`));

/** A picture of the ids 1 to 6, and what a file tells of it. */
const panopticPng = diffcut.encodePng({ data: Uint8Array.from({ length: 18 }, (_, i) => (i % 3 ? 0 : i / 3 + 1)), width: 3, height: 2 });
const panoptic = {
  images: [{ id: 1, file_name: 'a.jpg', width: 3, height: 2 }],
  annotations: [
    { image_id: 1, file_name: 'a.png', segments_info: [2, 5, 7].map((id) => ({ id, category_id: id % 3, area: 1, bbox: [0, 0, 1, 1] })) },
  ],
  categories: [0, 1, 2].map((id) => ({ id, name: `n${id}`, isthing: 1, color: [id, 2, 3] })),
};

/** A file of concepts, as a run writes it and as its page saves it. */
const concepts = {
  version: 1,
  diffcut: '0',
  encoder: 'embedded',
  settings: { k: 2 },
  concepts: [
    { id: 0, name: 'sky', colour: '#aabbcc', segments: 2, pictures: 1, spread: 0.1, vectors: [[1, 0, 0]] },
    {
      id: 1,
      colour: '#001122',
      segments: 1,
      pictures: 1,
      spread: 0,
      vectors: [
        [0, 1, 0],
        [0, 0.6, 0.8],
      ],
    },
  ],
  pictures: [
    {
      path: 'in/a.jpg',
      labels: 'labels/a.png',
      segments: [
        [0, 0, 0.6, 0.9],
        [1, 1, 0.4, 0.8],
      ],
    },
  ],
};

export const TEXT_TARGETS: readonly Target[] = [
  {
    name: 'concepts',
    kind: 'json',
    seeds: () => [json(concepts), json({ ...concepts, pictures: undefined })],
    run: async (bytes) => {
      const text = Buffer.from(bytes).toString();
      const { concepts: known } = readConcepts(text, 'c.json');
      readConceptNames(text, 'c.json').pictureOf('x/labels/a.png');
      const channels = known[0].vectors[0].length;
      await placeInKnown({ data: new Float32Array(channels).fill(0.5), count: 1, channels }, known);
    },
  },
  { name: 'rle', kind: 'json', seeds: rleSeeds, run: rle },
  {
    name: 'coco',
    kind: 'json',
    seeds: () => [labelFile('coco'), json([{ id: 1, segmentation: { size: [2, 3], counts: [1, 2, 3] }, transparent: true }])],
    run: async (bytes) => {
      const text = Buffer.from(bytes).toString();
      const { names } = await diffcut.labelsFromCoco(text, text.startsWith('[') ? SMALL : { ...SMALL, fileName: 'a.jpg' });
      if (names.length > 0) diffcut.classesFromCoco(text);
    },
  },
  {
    name: 'panoptic',
    kind: 'json',
    seeds: () => [json(panoptic), json({ ...panoptic, categories: [] })],
    run: async (bytes) => diffcut.labelsFromPanoptic(await panopticPng, Buffer.from(bytes).toString(), SMALL),
  },
  {
    name: 'labelme',
    kind: 'json',
    seeds: () => [labelFile('labelme')],
    run: async (bytes) => {
      const text = Buffer.from(bytes).toString();
      diffcut.classesFromLabelme([text]);
      await diffcut.labelsFromLabelme(text, SMALL);
    },
  },
  {
    name: 'ledger',
    kind: 'json',
    seeds: () => [lines(entry), lines(entry, { ...entry, stem: 'b', outputs: { 'b.masks': 12 } })],
    run: async (bytes) => {
      writeFileSync(join(folder, LEDGER), bytes);
      await readLedger(folder);
    },
  },
  {
    name: 'evaluation',
    kind: 'json',
    seeds: evaluations,
    run: (bytes) => readRun(Buffer.from(bytes).toString(), 'run.jsonl'),
  },
  {
    name: 'report',
    kind: 'json',
    seeds: reported,
    run: async (bytes) => {
      const file = join(folder, 'run.jsonl');
      writeFileSync(file, bytes);
      const report = reportOf(await runsOf([file]), 2);
      for (const { write } of Object.values(REPORT_FORMATS)) write(report);
    },
  },
  { name: 'list', kind: 'text', seeds: () => [new Uint8Array(Buffer.from('a\nb\r\n\nc.d\n'))], run: listed },
  {
    name: 'origin',
    kind: 'json',
    seeds: () => [
      json({ encoder: 'embedded' }),
      json({
        encoder: 'x',
        cut: {
          solver: 'merge',
          alpha: 10,
          tau: 0.5,
          price: 0.1,
          ease: 0.5,
          protocolPrice: 0.1,
          merge: { price: 0.1, protocolPrice: 0.1, protocolJoin: 0.1 },
          parity: false,
        },
        tile: { size: [64, 64], of: [128, 128] },
      }),
    ],
    run: (bytes) => {
      const { value } = parsed(bytes) ?? {};
      checkOrigin(revived(value) as diffcut.Origin, '"a.npy.json"');
    },
  },
  {
    name: 'joint-name',
    kind: 'text',
    seeds: () => ['dinov2-b+ssd-1b', 'dinov2-b:2+ssd-1b:.5', 'a + b:10'].map((text) => new Uint8Array(Buffer.from(text))),
    run: (bytes) => {
      const parts = jointParts(Buffer.from(bytes).toString());
      for (const { weight } of parts) if (!(weight > 0)) throw new Error(`a weight of ${weight}`);
      jointName(parts);
    },
  },
  {
    name: 'vocabulary',
    kind: 'text',
    seeds: () => ['cat, kitty\ndog # and not a hound\n', 'sea\r\nsky,clouds\r\n'].map((text) => new Uint8Array(Buffer.from(text))),
    run: (bytes) => void diffcut.parseVocabulary(Buffer.from(bytes).toString()),
  },
  {
    name: 'posted-words',
    kind: 'json',
    seeds: () => [json(['cat, kitty', 'dog']), json(['a'])],
    run: (bytes) => void listedVocabulary(readWords(bytes)),
  },
  {
    name: 'options',
    kind: 'json',
    seeds: () => [
      ...Object.entries(TABLES).flatMap(([of, table]) => [json({ of, given: fillingOf(table) }), json({ of, given: {} })]),
      json({
        of: 'segment',
        given: { tau: ODD[0], price: ODD[1], encoder: ODD[2], signal: ODD[3], page: ODD[4], bands: [ODD[5], 1, 2], stretch: ODD[8] },
      }),
      json({ of: 'openEncoder', given: { size: [ODD[0], ODD[4]], noise: { shape: [1], data: odd('floats', [1]) }, prompt: ODD[7], layer: ODD[6] } }),
    ],
    run: (bytes) => {
      const { of, given } = (revived(parsed(bytes)?.value) ?? {}) as { of?: unknown; given?: never };
      if (typeof of === 'string' && Object.hasOwn(TABLES, of)) resolveOptions(of, TABLES[of as keyof typeof TABLES], given);
    },
  },
  { name: 'command-line', kind: 'json', seeds: () => COMMAND_LINES, run: parseArgs },
  {
    name: 'calls',
    kind: 'json',
    seeds: () =>
      Object.entries(CALLS).flatMap(([name, args]) => [json({ call: name, args }), json({ call: name, args: args.map((_, i) => ODD[i]) })]),
    run: call,
  },
];
