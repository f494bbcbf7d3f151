/** What vector formats share: the objects of a picture with their outlines and colours. */
import type { Watch } from '../types.ts';
import type { Polygon } from './arcs.ts';
import { type LabelledPicture, type Objects, objectsOf } from './labelled.ts';
import { outlinesOf } from './outlines.ts';
import { hexColours } from './palette.ts';

/** A segment in corner coordinates of the labels. */
export type Outlined = Objects['segments'][number] & {
  /** `#rrggbb` */
  colour: string;
  /** Its connected parts. */
  polygons: Polygon[];
};

/**
 * The objects of a picture, ascending by id.
 * @param picture a checked one
 * @param tolerance pixels
 * @throws the signal's reason once aborted
 */
export const outlined = async (picture: LabelledPicture, tolerance: number, watch: Watch): Promise<Outlined[]> => {
  const { runs, segments } = await objectsOf(picture, watch);
  const polygons = await outlinesOf(runs, tolerance, watch);
  const colourOf = hexColours(picture.colours);
  return segments.map((segment) => ({ ...segment, colour: colourOf(segment.id), polygons: polygons.get(segment.id) as Polygon[] }));
};
