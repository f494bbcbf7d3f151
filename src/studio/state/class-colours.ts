/** Colours of classes: each as far as can be from those that there are. Pure. */
import { segmentPalette } from 'diffcut/export';
import type { ClassRow } from '../types.ts';

type Colour = ClassRow['colour'];
type Lab = readonly [number, number, number];

const PALETTE = segmentPalette(256);
const COLOURS = Array.from({ length: PALETTE.length / 3 }, (_, i): Colour => [PALETTE[3 * i], PALETTE[3 * i + 1], PALETTE[3 * i + 2]]);

const linear = (byte: number): number => (byte <= 10.3 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);

/** OKLab, in which colours that look as different are as far apart. */
const labOf = (colour: Colour): Lab => {
  const [r, g, b] = colour.map(linear);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
};
const LABS = COLOURS.map(labOf);

/** How far apart two colours look. */
export const apart = (one: Colour, other: Colour): number => between(labOf(one), labOf(other));
const between = (a: Lab, b: Lab): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** The colour of the palette that is farthest from all that are taken. */
export const freshColour = (taken: readonly Colour[]): Colour => {
  const labs = taken.map(labOf);
  const room = LABS.map((lab) => Math.min(...labs.map((other) => between(lab, other))));
  return [...COLOURS[room.indexOf(Math.max(...room))]];
};
