/** Labels in colours: a class, or a region, has the same one in a mask and in what was predicted of it. */
import { drawOverlay, type LabelMap, type RgbImage, segmentPalette } from '../../toolkit.ts';
import type { Settings } from '../ledger.ts';

/** sRGB bytes. */
export type Colour = ArrayLike<number>;

/** Colours that are no class's. */
const UNLABELLED = [128, 128, 128];
const BACKGROUND = [24, 24, 24];
/** Of a segment that no class in the mask was given to. */
const UNMATCHED = [186, 186, 186];

/** Of what the palette's colour is in a prediction, which lies over its picture. */
const TINT = 0.75;

const PALETTE = segmentPalette(256);

/** The colour of a mask's value. */
export const colourOf = (value: number, { kind, background, ignore }: Settings): Colour => {
  if (kind !== 'drawings' && value === ignore) return UNLABELLED;
  if (kind !== 'drawings' && value === background) return BACKGROUND;
  const at = (value % 256) * 3;
  return PALETTE.subarray(at, at + 3);
};

export const maskImage = ({ data, width, height }: LabelMap, settings: Settings): RgbImage => {
  const colours = new Map([...new Set(data)].map((value) => [value, colourOf(value, settings)]));
  const out = new Uint8Array(data.length * 3);
  data.forEach((value, i) => {
    out.set(colours.get(value) as Colour, i * 3);
  });
  return { data: out, width, height };
};

/** Segments, and the mask's value of each that has one. */
export interface Matched {
  labels: LabelMap;
  classOf: ReadonlyMap<number, number>;
}

/** Over its picture, of one size with it. */
export const predictionImage = (picture: RgbImage, { labels, classOf }: Matched, settings: Settings): Promise<RgbImage> => {
  const ids = [...new Set(labels.data)];
  const placeOf = new Map(ids.map((id, place) => [id, place])); // those of others may be any numbers
  const colours = new Uint8Array(ids.length * 3);
  ids.forEach((id, place) => {
    const value = classOf.get(id);
    colours.set(value === undefined ? UNMATCHED : colourOf(value, settings), place * 3);
  });
  return drawOverlay(picture, { ...labels, data: labels.data.map((id) => placeOf.get(id) as number) }, { colours, tint: TINT });
};
