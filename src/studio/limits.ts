/** Larger pictures are worked on brought down to this many pixels; what is exported has the picture's own size. */
export const MOST_PIXELS = 16 * 2 ** 20;
