/** Tiny vision transformers beside their goldens, and a comparison drawn with one, as one function for Node and browsers. */
import type * as Diffcut from '../../src/toolkit.ts';
import { centred, relativeError } from '../compare.ts';
import type { VitCase } from '../vits.ts';

export const VITS_FOLDER = 'test/golden/vits';
/** Every kind of block, and of telling places. */
const KINDS = ['dino', 'dinov2-reg', 'dinov2-giant', 'clip', 'siglip2', 'dinov3', 'dinov3-plus'];

export interface VitOutcome {
  /** Relative errors beside timm's features, their mean taken off, by kind; `url` is one of them read by URL. */
  errors: Record<string, number>;
  /** Best match of the point 20, 30 in its own picture, and the figure's size. */
  match: { x: number; y: number; cosine: number };
  figure: [width: number, height: number];
}

type Read = (path: string) => Promise<Uint8Array>;

const FILES = ['config.json', 'model.safetensors'];

/** @param base URL of the folder with all kinds */
export const vitPath = async (diffcut: typeof Diffcut, read: Read, base: string): Promise<VitOutcome> => {
  const array = async (path: string) => diffcut.readNpy(await read(`${VITS_FOLDER}/${path}`), path);
  const cases: VitCase[] = JSON.parse(new TextDecoder().decode(await read(`${VITS_FOLDER}/cases.json`)));
  const wide = (kind: string) => cases.find((of) => of.kind === kind && of.width !== of.height) as VitCase;
  const filesOf = async (kind: string): Promise<Diffcut.ModelFiles> => {
    const blobs = FILES.map(async (name) => [name, new Blob([(await read(`${VITS_FOLDER}/${kind}/${name}`)) as Uint8Array<ArrayBuffer>])] as const);
    return diffcut.blobFiles(kind, Object.fromEntries(await Promise.all(blobs)));
  };
  const pictureOf = async ({ picture, width, height }: VitCase) => ({ data: Uint8Array.from((await array(picture)).data), width, height });
  const encode = async (files: Diffcut.ModelFiles, of: VitCase): Promise<Diffcut.FeatureMap> => {
    const encoder = await diffcut.openEncoder(files, { size: [of.width, of.height], device: 'cpu' });
    const features = await encoder.encode(await pictureOf(of));
    await encoder.dispose();
    return features;
  };
  const errorOf = async ({ data, channels }: Diffcut.FeatureMap, of: VitCase): Promise<number> =>
    relativeError(centred(data, channels), centred(Float32Array.from((await array(of.features)).data), channels));

  const errors: VitOutcome['errors'] = {};
  for (const kind of KINDS) errors[kind] = await errorOf(await encode(await filesOf(kind), wide(kind)), wide(kind));
  const of = wide('dino');
  const features = await encode(diffcut.urlFiles(`${base}/dino`), of);
  errors.url = await errorOf(features, of);

  const image = await pictureOf(of);
  const { width, height } = image;
  const query = [20, 30] as const;
  const map = diffcut.similarity(features, query, features, { picture: { width, height }, target: { width, height } });
  const best = diffcut.bestMatch(map);
  const panel = { map: diffcut.smooth(map), best };
  const row = { caption: 'a picture', image: await diffcut.panelImage(image, width), size: { width, height }, query, panels: [panel] };
  const figure = diffcut.drawFigure(['dino · 9 × 3'], [[row]], { panel: width });
  return { errors, match: best, figure: [figure.width, figure.height] };
};
