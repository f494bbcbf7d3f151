/** How often an input is tried. */
const TRIES = 400;

/**
 * An input that fails made smaller, as long as it fails in the same way: stretches of it left out, from halves down to bytes.
 * @param fails whether an input still does
 */
export const smaller = async (bytes, fails) => {
  let best = Buffer.from(bytes);
  let tries = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1 && tries < TRIES; ) {
    let found = false;
    for (let at = 0; at < best.length && tries < TRIES; at += size, tries++) {
      const candidate = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (!(await fails(candidate))) continue;
      best = candidate;
      found = true;
      at -= size;
    }
    if (!found && size === 1) break;
    if (!found) size = Math.ceil(size / 2);
  }
  return best;
};
