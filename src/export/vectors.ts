/** What vector formats share: the objects of a picture with their outlines and colours. */
import type { Watch } from '../types.ts';
import { type Polygon, polygonsOf, simplifyArcs, traceArcs } from './arcs.ts';
import { type LabelledPicture, type Objects, objectsOf } from './labelled.ts';
import { segmentPalette } from './palette.ts';

/** A segment in corner coordinates of the labels. */
export type Outlined = Objects['segments'][number] & {
  /** `#rrggbb` */
  colour: string;
  /** Its connected parts. */
  polygons: Polygon[];
};

/** Our own colours come again after these. */
const CYCLE = 256;

const coloursOf = ({ colours = new Uint8Array(0) }: LabelledPicture): ((id: number) => string) => {
  const own = segmentPalette(CYCLE);
  return (id) => {
    const [from, at] = 3 * id < colours.length ? [colours, 3 * id] : [own, 3 * (id % CYCLE)];
    return `#${[...from.subarray(at, at + 3)].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  };
};

/**
 * The objects of a picture, ascending by id.
 * @param picture a checked one
 * @param tolerance pixels
 * @throws the signal's reason once aborted
 */
export const outlined = async (picture: LabelledPicture, tolerance: number, watch: Watch): Promise<Outlined[]> => {
  const { runs, segments } = await objectsOf(picture, watch);
  const arcs = await simplifyArcs(await traceArcs(runs, watch), tolerance, watch);
  const polygons = await polygonsOf(arcs, watch);
  const colourOf = coloursOf(picture);
  return segments.map((segment) => ({ ...segment, colour: colourOf(segment.id), polygons: polygons.get(segment.id) as Polygon[] }));
};
