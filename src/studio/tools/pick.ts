/** Which region lies at a point: from the page's own small labels, so at once. */
import * as work from '../state/work.ts';

/** @param point pixels of the picture @returns undefined outside of it */
export const regionAt = ([x, y]: readonly [number, number]): number | undefined => {
  const { value: found } = work.regions;
  if (!found || x < 0 || y < 0 || x >= found.width || y >= found.height) return undefined;
  const { data, width, height } = found.small;
  const id = data[Math.floor((y * height) / found.height) * width + Math.floor((x * width) / found.width)];
  return found.rows.some((row) => row.id === id && !row.hidden) ? id : undefined;
};
