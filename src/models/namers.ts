/** What names segments, as data: a row a model, beside the encoders of table.ts. */
import { expected, InputError, unknown } from '../errors.ts';
import { type EncoderRow, hub } from './table.ts';

export interface NamerRow extends Pick<EncoderRow, 'name' | 'what' | 'licence' | 'bytes' | 'download' | 'where' | 'note' | 'repository' | 'size'> {
  /** How it is opened: see label/open.ts. */
  kind: 'clip';
}

const CLIP = {
  kind: 'clip',
  note: 'names segments; tested on random weights of this shape, not on the published ones',
} as const;

/**
 * Sizes: the ConvNeXt's is that of the published evaluation; the vision transformers' is twice the 224 pixels that they were trained
 * with, for want of weights to measure with.
 */
export const NAMERS: readonly NamerRow[] = [
  {
    ...CLIP,
    ...hub('wkcn/TinyCLIP-ViT-8M-16-Text-3M-YFCC15M'),
    name: 'tinyclip-8m',
    what: 'TinyCLIP ViT-8M/16, names segments',
    licence: 'MIT',
    bytes: 94_000_000,
    download: 94_000_000,
    size: 448,
  },
  {
    ...CLIP,
    ...hub('wkcn/TinyCLIP-ViT-39M-16-Text-19M-YFCC15M'),
    name: 'tinyclip-39m',
    what: 'TinyCLIP ViT-39M/16, names segments',
    licence: 'MIT',
    bytes: 332_000_000,
    download: 332_000_000,
    size: 448,
  },
  {
    ...CLIP,
    ...hub('laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup'),
    name: 'clip-convnext-l',
    what: "CLIP ConvNeXt-L (the paper's), names",
    licence: 'MIT',
    bytes: 1_410_000_000,
    download: 1_410_000_000,
    size: 1024,
  },
];

/** What names segments where nothing is said. */
export const DEFAULT_NAMER = 'tinyclip-8m';

const names = (): string[] => NAMERS.map((row) => row.name);

/** The row of this name, or undefined. */
export const findNamer = (name: string): NamerRow | undefined => {
  if (typeof name !== 'string') throw expected('the name of a model that names segments', 'name', name);
  return NAMERS.find((row) => row.name === name);
};

/** A folder of the user's own. */
export const localNamer = (name: string): NamerRow => ({
  ...CLIP,
  name,
  what: 'a folder of your own',
  licence: "the folder's",
  bytes: 0,
  download: 0,
  where: 'a folder',
  repository: '',
  size: 448,
});

/** The sentence for a name that is neither a row nor a folder. */
export const unknownNamer = (name: string): InputError =>
  /[\\/]/.test(name)
    ? new InputError(`There is no folder ${JSON.stringify(name)}: give a CLIP's folder, or one of ${names().join(', ')}`, { code: 'E_OPTION' })
    : unknown('model that names segments', name, names());
