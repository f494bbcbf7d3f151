/** Pixels that are given away go to what is nearest. */

/** A cell that wants an owner, and one that nothing passes through. Any other value is an owner, 0 or more. */
export const OPEN = -1;
export const WALL = -2;

/**
 * Gives each open cell the owner that is the fewest steps away, sides only, through open cells; of several as near the one that
 * is met first: above, left, right, below. Works in place.
 * @param grid a number a cell, row by row
 * @returns how many cells no owner reaches: they stay open
 */
export const fillNearest = (grid: Int32Array, width: number, height: number): number => {
  let open = 0;
  for (let i = 0; i < grid.length; i++) if (grid[i] === OPEN) open++;
  const queue = new Int32Array(open);
  const owners = new Int32Array(open);
  let tail = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (grid[i] !== OPEN) continue;
      const owner = ownerBeside(grid, width, height, x, y, i);
      if (owner < 0) continue;
      owners[tail] = owner;
      queue[tail++] = i;
    }
  }
  for (let k = 0; k < tail; k++) grid[queue[k]] = owners[k]; // only now, or the first row would give to the next
  const take = (i: number, owner: number): void => {
    if (grid[i] !== OPEN) return;
    grid[i] = owner;
    queue[tail++] = i;
  };
  for (let head = 0; head < tail; head++) {
    const i = queue[head];
    const x = i % width;
    const owner = grid[i];
    if (i >= width) take(i - width, owner);
    if (x > 0) take(i - 1, owner);
    if (x < width - 1) take(i + 1, owner);
    if (i < grid.length - width) take(i + width, owner);
  }
  return open - tail;
};

const ownerBeside = (grid: Int32Array, width: number, height: number, x: number, y: number, i: number): number => {
  if (y > 0 && grid[i - width] >= 0) return grid[i - width];
  if (x > 0 && grid[i - 1] >= 0) return grid[i - 1];
  if (x < width - 1 && grid[i + 1] >= 0) return grid[i + 1];
  return y < height - 1 && grid[i + width] >= 0 ? grid[i + width] : OPEN;
};
