/** What a whole set of labelled pictures can be kept as: one row a format. */
import { COCO_SET, CVAT, type EXPORTING, LABEL_STUDIO, PANOPTIC_SET, type SET_NAMES, VOC_SET, YOLO_SET } from '../options/export.ts';
import { type Given, only, type Specs } from '../options/spec.ts';
import type { Watch } from '../types.ts';
import { encodeCoco } from './coco.ts';
import { encodeCsv } from './csv.ts';
import { encodeCvat } from './cvat.ts';
import { encodeLabelStudio } from './label-studio.ts';
import type { SetFile } from './labelled.ts';
import { encodePanoptic } from './panoptic.ts';
import type { Pictures } from './set.ts';
import { encodeVoc, MOST_VOC } from './voc.ts';
import { encodeYolo } from './yolo.ts';

export interface SetFormat {
  /** Where the set goes, below the folder of the outputs. */
  path: string;
  isFolder: boolean;
  /** Those options that it takes. */
  options: Specs;
  /** Names that it tells apart, where that is few; `background` is none of them. */
  mostNames?: number;
  /**
   * Its files, while the pictures come. Options that it does not take are left out.
   * @param options with `labels`, all names that segments may have, in the order of the categories: some formats begin with them, and keep
   *   all in memory where they are not told
   */
  files(pictures: Pictures, options: Given<typeof EXPORTING> & { labels?: readonly string[] } & Watch): AsyncIterable<SetFile>;
}

const set = <S extends Specs>(
  path: string,
  options: S,
  encode: (pictures: Pictures, given: Given<S> & Watch) => AsyncIterable<SetFile>,
): SetFormat => ({
  path,
  isFolder: !path.includes('.'),
  options,
  files: (pictures, { signal, onProgress, ...given }) => encode(pictures, { ...only(options, given), signal, onProgress }),
});

/** By name, as `diffcut segment --format` and `diffcut convert --to` take them. */
export const SETS: Record<string, SetFormat> = {
  coco: set('annotations.coco.json', COCO_SET, encodeCoco),
  'coco-panoptic': set('coco-panoptic', PANOPTIC_SET, encodePanoptic),
  'label-studio': set('annotations.label-studio.json', LABEL_STUDIO, encodeLabelStudio),
  cvat: set('annotations.cvat.xml', CVAT, encodeCvat),
  yolo: set('yolo', YOLO_SET, encodeYolo),
  voc: { ...set('voc', VOC_SET, encodeVoc), mostNames: MOST_VOC },
  csv: set('segments.csv', {}, encodeCsv),
} satisfies Record<(typeof SET_NAMES)[number], SetFormat>;
