/** Larger pictures are worked on brought down to this many pixels; what is exported has the picture's own size. */
export const MOST_PIXELS = 16 * 2 ** 20;

/** Milliseconds that a sentence without a question stays. */
export const SENTENCE_STAYS = 6000;
