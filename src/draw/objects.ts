/**
 * Objects that were found one after the other, drawn as MaskCut draws them (CutLER, CVPR 2023): each mask by a CRF of its own
 * against all else, its holes filled, and given up where little of it is left or much is new.
 */
import { resizeLabels } from '../tensor/resize.ts';
import type { CutTree, LabelMap, RgbImage, Watch } from '../types.ts';
import { CRF_SIDE, type CrfSettings, crfSize, energiesOfLabels, mostProbable, reducedTo } from './crf.ts';
import { upsampleGuided } from './upsample.ts';

/** What a mask has of a pixel: softmax of its 1 against the others' 0. */
const CONFIDENCE = Math.E / (1 + Math.E);

/** A mask of less overlap with what was drawn of it is given up. */
const SAME = 0.5;

/** Segment ids of the objects in a walk over their tree, in the order in which they were found, and of the ground. */
const objectsIn = ({ cells, objects = [] }: CutTree, coarse: LabelMap): { found: number[]; ground: number | undefined } => {
  const idOf = new Map<number, number>();
  cells.data.forEach((element, i) => {
    idOf.set(element, coarse.data[i]);
  });
  const all = new Set(objects);
  const ground = [...idOf].find(([element]) => !all.has(element))?.[1];
  const found = [...new Set([...all].map((element) => idOf.get(element) as number))];
  return { found: found.filter((id) => id !== ground), ground };
};

/**
 * @param coarse segments of the tree, a label a token: a segment with the ground in it is ground
 * @returns labels of the picture's size, the first object's where several overlap; what is no object's is ground, or stays as it was
 *   where there is none
 * @throws the signal's reason once aborted
 */
export const drawObjects = async (coarse: LabelMap, tree: CutTree, picture: RgbImage, settings: CrfSettings, watch: Watch): Promise<LabelMap> => {
  const small = await reducedTo(picture, crfSize(picture, 2, CRF_SIDE), watch);
  const near = resizeLabels(coarse, small);
  const { found, ground } = objectsIn(tree, coarse);
  const out = { ...near, data: ground === undefined ? near.data.slice() : new Int32Array(near.data.length).fill(ground) };
  for (const id of found.reverse()) {
    const mask = { ...near, data: near.data.map((other) => (other === id ? 1 : 0)) };
    const energies = await energiesOfLabels(mask, [0, 1], CONFIDENCE, watch);
    const drawn = fillHoles({ ...mask, data: await mostProbable(energies, small, settings, watch) });
    if (overlap(mask.data, drawn.data) < SAME) continue;
    for (let i = 0; i < drawn.data.length; i++) if (drawn.data[i]) out.data[i] = id;
  }
  return upsampleGuided(out, picture, watch);
};

/** 1 also where no way of 4 neighbours leads out of the picture through zeros. */
export const fillHoles = ({ data, width, height }: LabelMap): LabelMap => {
  const out = new Int32Array(data.length).fill(1);
  const stack: number[] = [];
  const reach = (i: number): void => {
    if (data[i] || !out[i]) return;
    out[i] = 0;
    stack.push(i);
  };
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) reach(y * width + x);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) reach(y * width + x);
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width;
    if (x > 0) reach(i - 1);
    if (x < width - 1) reach(i + 1);
    if (i >= width) reach(i - width);
    if (i + width < data.length) reach(i + width);
  }
  return { data: out, width, height };
};

/** Intersection over union of two masks; 0 of two that are empty. */
const overlap = (a: Int32Array, b: Int32Array): number => {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i] & b[i];
    either += a[i] | b[i];
  }
  return either > 0 ? both / either : 0;
};
