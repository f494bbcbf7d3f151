/** Names of several encoders together: `dinov2-b+ssd-1b`, `dinov2-b:2+ssd-1b:1`. */
import { InputError } from '../errors.ts';

export interface JointPart {
  name: string;
  /** Its share of the similarity, beside the others'. */
  weight: number;
}

const WEIGHTED = /^(.*):(\d+(?:\.\d+)?|\.\d+)$/;

/**
 * The encoders that a name means together; none for a name without "+".
 * @throws InputError for an empty name or a weight of 0
 */
export const jointParts = (name: string): JointPart[] => {
  if (!name.includes('+')) return [];
  return name.split('+').map((part) => {
    const [, alone = part, weight = '1'] = WEIGHTED.exec(part.trim()) ?? [];
    if (alone.trim() === '' || Number(weight) === 0)
      throw new InputError(`Expected encoders with "+" between, such as dinov2-b+ssd-1b or dinov2-b:2+ssd-1b, but received ${JSON.stringify(name)}`, {
        code: 'E_OPTION',
      });
    return { name: alone.trim(), weight: Number(weight) };
  });
};

/** The same, written: weights of 1 are left out. */
export const jointName = (parts: readonly JointPart[]): string =>
  parts.map(({ name, weight }) => (weight === 1 ? name : `${name}:${weight}`)).join('+');
