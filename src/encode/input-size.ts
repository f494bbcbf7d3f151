/** The size that a picture is brought to before it is encoded. */
import { InputError } from '../errors.ts';
import type { EncoderRow } from '../models/table.ts';

/** Longer pictures are squeezed to this ratio of their sides. */
const MOST_RATIO = 4;

/**
 * @param size a side, or [width, height] whatever the picture's ratio; the row's side where undefined
 * @param keepRatio whether the picture keeps its ratio, up to 4 : 1, on as many pixels as a square of that side has
 * @returns of the input, by the picture's size, pixels: multiples of the row's, but for a named size that is to be cut
 * @throws InputError for a size that is not a multiple of the row's where the row is strict about it
 */
export const inputSizeOf = (
  row: EncoderRow,
  { size = row.size, keepRatio }: { size?: number | readonly [number, number] | undefined; keepRatio?: boolean | undefined },
): ((image: { width: number; height: number }) => [width: number, height: number]) => {
  const sides = typeof size === 'number' ? [size] : size;
  if (row.sizes === 'refused' && sides.some((side) => side % row.multiple !== 0))
    throw new InputError(`${row.name} takes sizes that are multiples of ${row.multiple} pixels, not ${sides.join('x')}`, { code: 'E_OPTION' });
  const whole = (side: number): number => Math.max(row.multiple, Math.round(side / row.multiple) * row.multiple);
  // A size that was named stays as it is where the network cuts what is left beside whole tokens.
  const named = row.sizes === 'cut' ? (side: number) => Math.max(row.multiple, side) : whole;
  if (typeof size !== 'number') {
    if (keepRatio)
      throw new InputError('Both a width and height and keepRatio were given: give one side, or leave keepRatio out', { code: 'E_OPTION' });
    return () => [named(size[0]), named(size[1])];
  }
  return (image) => {
    if (!(keepRatio ?? row.keepRatio)) return [named(size), named(size)];
    const ratio = Math.sqrt(Math.min(MOST_RATIO, Math.max(1 / MOST_RATIO, image.width / image.height)));
    return [whole(size * ratio), whole(size / ratio)];
  };
};
