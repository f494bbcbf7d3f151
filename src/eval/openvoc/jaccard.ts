/** The score of one picture where segments have names. */
import { InputError } from '../../toolkit.ts';

/**
 * Intersection over union of each class that the truth or the prediction has, and their mean: torchmetrics' `JaccardIndex` of one
 * picture, as DiffCut's open vocabulary is scored.
 * @param truth a class a pixel, 0 to classes - 1; `predicted` likewise
 * @returns 0..1
 * @throws InputError for maps of different lengths, or a value that is no class
 */
export const pictureJaccard = (truth: Int32Array, predicted: Int32Array, classes: number): number => {
  if (truth.length !== predicted.length || truth.length === 0)
    throw new InputError(`Expected as many classes as pixels, ${truth.length}, but received ${predicted.length}`);
  const [both, either] = [new Float64Array(classes), new Float64Array(classes)];
  for (let i = 0; i < truth.length; i++) {
    const [t, p] = [truth[i], predicted[i]];
    if (!(t >= 0 && t < classes && p >= 0 && p < classes)) throw new InputError(`Expected classes 0 to ${classes - 1} but found ${t} and ${p}`);
    either[t]++;
    if (t === p) both[t]++;
    else either[p]++;
  }
  let [sum, count] = [0, 0];
  for (let c = 0; c < classes; c++) {
    if (either[c] === 0) continue;
    sum += both[c] / either[c];
    count++;
  }
  return sum / count;
};
