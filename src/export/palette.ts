/** Colours for segments: OKLab (Bjorn Ottosson, "A perceptual color space for image processing"), farthest point first. */

import { expected } from '../errors.ts';
import { isWhole } from '../options/spec.ts';

type Lab = readonly [number, number, number];

const gamma = (v: number): number => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);

/** sRGB bytes of an OKLab colour; undefined outside the gamut. */
const toRgb = ([L, a, b]: Lab): number[] | undefined => {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.every((v) => v >= 0 && v <= 1) ? linear.map((v) => Math.round(255 * gamma(v))) : undefined;
};

/** Colours that are neither near white, black nor grey, on a grid of lightness, chroma and hue. */
const candidates = (): { lab: Lab; rgb: number[] }[] => {
  const out: { lab: Lab; rgb: number[] }[] = [];
  for (const L of [0.72, 0.6, 0.84, 0.48, 0.78, 0.66, 0.54]) {
    for (const chroma of [0.28, 0.24, 0.2, 0.16, 0.12, 0.08]) {
      for (let degree = 25; degree < 385; degree += 9) {
        const hue = (degree * Math.PI) / 180;
        const lab: Lab = [L, chroma * Math.cos(hue), chroma * Math.sin(hue)];
        const rgb = toRgb(lab);
        if (rgb) out.push({ lab, rgb });
      }
    }
  }
  return out;
};

/** Square of the distance. */
const between = (p: Lab, q: Lab): number => (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2;
/** Ids that follow each other are often neighbours in the picture: at least this far apart in OKLab. */
const APART = 0.18;
const CYCLE = 256;
/** Colours of a palette, 48 MB. */
const MOST = 2 ** 24;

/**
 * Colours that stay apart: each is the one farthest from all before it, and well away from its predecessor.
 * The same for every n (a longer palette starts with the shorter one); repeats after 256.
 * @returns n sRGB colours, 3 bytes each
 * @throws InputError unless n is a whole number from 0
 */
export const segmentPalette = (n: number): Uint8Array => {
  if (!isWhole(n, 0, MOST)) throw expected(`a whole number from 0 to ${MOST}`, 'the number of colours', n);
  const all = candidates();
  const gap = new Float64Array(all.length).fill(Number.POSITIVE_INFINITY);
  const out = new Uint8Array(n * 3);
  let chosen = 0;
  for (let i = 0; i < Math.min(n, CYCLE); i++) {
    out.set(all[chosen].rgb, i * 3);
    let next = 0;
    let widest = -1;
    for (let k = 0; k < all.length; k++) {
      const away = between(all[k].lab, all[chosen].lab);
      gap[k] = Math.min(gap[k], away);
      if (gap[k] > widest && away >= APART ** 2) {
        widest = gap[k];
        next = k;
      }
    }
    chosen = next;
  }
  for (let i = CYCLE * 3; i < out.length; i++) out[i] = out[i - CYCLE * 3];
  return out;
};

/** Of segments that have no name beside others that have one: no colour of the palette is grey. */
const MUTED = [128, 128, 128];

/** Colours of categories in their order. @param unnamed the name of those that have none */
export const categoryColours = (names: readonly string[], unnamed: string): Uint8Array => {
  const colours = segmentPalette(names.length);
  const at = names.indexOf(unnamed);
  if (at >= 0 && names.length > 1) colours.set(MUTED, 3 * at);
  return colours;
};

/**
 * Colours of segments by what they are, alike in all pictures: a name's colour is that of its place in the list, or, if it has none
 * there, one behind them by first appearance. What has no name is grey.
 * @param names of the ids from 0 on
 * @param classes all names that there may be, in their order
 * @returns 3 bytes for each id that `names` has
 */
export const coloursByName = (names: readonly (string | undefined)[], classes: readonly string[]): Uint8Array => {
  const order = [...new Set([...classes, ...names.filter((name) => name !== undefined)])];
  const [place, palette] = [new Map(order.map((name, i) => [name, i])), segmentPalette(order.length)];
  const colours = new Uint8Array(3 * names.length);
  for (let id = 0; id < names.length; id++) {
    const at = place.get(names[id] as string);
    colours.set(at === undefined ? MUTED : palette.subarray(3 * at, 3 * at + 3), 3 * id);
  }
  return colours;
};

/** `#rrggbb`. @param colours 3 bytes each @param i which one */
export const hexColour = (colours: Uint8Array, i: number): string =>
  `#${Array.from(colours.subarray(3 * i, 3 * i + 3), (value) => value.toString(16).padStart(2, '0')).join('')}`;

/** The colour that each id is drawn in. @param colours 3 bytes for each id that has one of its own */
export const hexColours = (colours: Uint8Array = new Uint8Array(0)): ((id: number) => string) => {
  const ours = segmentPalette(CYCLE);
  return (id) => (3 * id + 3 <= colours.length ? hexColour(colours, id) : hexColour(ours, id % CYCLE));
};
