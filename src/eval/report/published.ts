/** What was published of the benchmarks, with the source of each figure. Nothing of it was measured here. */
import type { Measure } from './measures.ts';

/** How published figures were made. */
interface Harness {
  protocol: string;
  source: string;
  /** Which pictures of a set they are of, where our own figures may stand beside. */
  pictures?: string;
  /** Whether our own figures may stand in one table with them. */
  ours: boolean;
}

/** A method's figures. */
export interface Published extends Harness {
  method: string;
  /** By data set, then by measure. */
  figures: Readonly<Record<string, Readonly<Record<Measure['name'], number>>>>;
}

const SIX = ['voc2012', 'context', 'coco-object', 'coco-stuff27', 'cityscapes', 'ade20k'];

const DIFFCUT: Harness = {
  protocol: "DiffCut's own evaluation",
  pictures: 'validation set',
  source: 'Couairon et al., DiffCut, NeurIPS 2024',
  ours: true,
};
const FALCON: Harness = {
  protocol: "Falcon's own evaluation of the same sets, up to 27 points apart from DiffCut's",
  source: 'Falcon, ICLR 2026',
  ours: false,
};
const OPEN: Harness = { protocol: 'open vocabulary, mean over pictures of the Jaccard index of each', source: DIFFCUT.source, ours: false };
const BERKELEY: Harness = {
  protocol: "the benchmark's own",
  pictures: '200 test pictures',
  source: 'Arbelaez et al., PAMI 2011; Pont-Tuset et al., PAMI 2017',
  ours: true,
};

/** @param values mIoU in percent on each of the six, as far as there are any */
const onSix = (harness: Harness, method: string, ...values: number[]): Published => ({
  ...harness,
  method,
  figures: Object.fromEntries(values.map((mIoU, at) => [SIX[at], { mIoU }])),
});

const onBerkeley = (method: string, odsCovering: number, oisCovering: number, odsPri: number, odsVi: number, odsBorderF: number): Published => ({
  ...BERKELEY,
  method,
  figures: { bsds500: { odsCovering, oisCovering, odsPri, odsVi, odsBorderF } },
});

export const PUBLISHED: readonly Published[] = [
  onSix(DIFFCUT, 'MaskCut (DINO-B/8)', 53.8, 43.4, 30.1, 41.7, 18.7, 35.7),
  onSix(DIFFCUT, 'DiffSeg (SD 1.4)', 49.8, 48.8, 23.2, 44.2, 16.8, 37.7),
  onSix(DIFFCUT, 'DiffCut (SSD-1B), no PAMR', 62.0, 54.1, 32.0, 46.1, 28.4, 42.4),
  onSix(DIFFCUT, 'DiffCut (SSD-1B), PAMR', 65.2, 56.5, 34.1, 49.1, 30.6, 44.3),
  onSix(FALCON, 'DiffCut (SSD-1B), PAMR', 71.7, 58.2, 61.7, 49.2, 30.8, 44.4),
  onSix(FALCON, 'Falcon (SSD-1B), PAMR', 78.4, 57.2, 61.8, 50.4, 33.7, 45.2),
  onSix(OPEN, 'DiffCut with CLIP', 63.0, 24.6),
  onBerkeley('people', 0.72, 0.72, 0.88, 1.17, 0.8),
  onBerkeley('gPb-owt-ucm', 0.59, 0.65, 0.83, 1.69, 0.73),
  onBerkeley('mean shift', 0.54, 0.58, 0.79, 1.85, 0.64),
  onBerkeley('Felzenszwalb-Huttenlocher', 0.52, 0.57, 0.8, 2.21, 0.61),
  onBerkeley('Canny-owt-ucm', 0.49, 0.55, 0.79, 2.19, 0.6),
  onBerkeley('NCuts', 0.45, 0.53, 0.78, 2.23, 0.64),
];
