/** Every constant of the drawing along regions (`draw-regions.ts`), a group a step. */
export const EDGES = {
  /** Of the softmax over segments, in units of the mean margin between a token's best two scores. */
  temperature: 1,
  likeness: {
    /** Of the Gaussian between regions' mean colours, CIELAB units. */
    colourSigma: 4,
    /** Of the Gaussian between regions' centres, as a share of the picture's longest side; with tiles, of one's. */
    spaceSigma: 0.1,
  },
  diffusion: {
    /** What a region whose best two shares are equal keeps of its own in each round; a certain one keeps all. */
    anchor: 0.1,
    /** Of the certainty in what is kept. */
    anchorPower: 2,
    rounds: 12,
  },
  walker: {
    /** Hold of a region on its own shares where the best two are equal; where one is 1 it is 1. */
    leastCertainty: 0.015,
    /** Of the certainty in that hold. */
    certaintyPower: 3,
    /** Conductance of a pixel pair without an edge. */
    gain: 1000,
    /** Strength at which a border conducts e times less, in a picture of mean strength `usualStrength`; it goes with the mean's root. */
    sigma: 0.8,
    usualStrength: 3.75,
    /** Residual at which a segment is solved, as a share of the right-hand side's length; and the most rounds. */
    tolerance: 1e-3,
    rounds: 56,
  },
  /** Segments under this many tokens after the first pass are given up. */
  leastTokens: 0.5,
  appearance: {
    /** Bins of L 0..100, of a and of b -extent..extent; colours beyond go to the outermost. */
    bins: [10, 12, 12] as [number, number, number],
    extent: 60,
    /** Of the Gaussian that spreads each count over bins nearby, bins. */
    binSigma: 0.7,
    /** Share of a histogram that is the same for every colour: none is impossible. */
    floor: 0.01,
    /** Power of the pixels' mean likelihood beside the features' shares. */
    weight: 0.3,
  },
  keep: {
    /** Tokens that a lost segment must have to be kept. */
    leastTokens: 2,
    /** How far its own score must lead on its tokens, on average, in units of the mean lead over all tokens. */
    clearness: 1,
  },
  /** Components under this share of the picture, or of a tile, join a neighbour. */
  speck: 0.001,
  smooth: {
    rounds: 8,
    /** Pixels on each side that vote: (2 reach + 1) squared in all. */
    reach: 3,
    /** Of the Gaussian in space, pixels. */
    spaceSigma: 2,
    /** Of the Gaussian between colours, CIELAB units. */
    colourSigma: 10,
    /** Say of a pixel of quite another colour, 0..1. */
    leastSay: 0.3,
    /** Another label must have this many times the pixel's own votes. */
    lead: 1.0001,
  },
};

/**
 * Smoothing of segments that are regions already: they have the picture's edges, so that only where there is none, as in a
 * blurred background, is there anything to smooth.
 */
export const REGION_SMOOTH = { ...EDGES.smooth, colourSigma: 5, leastSay: 0.1 };

/** Pieces of merged segments under this share of the picture, or of a tile, join a neighbour: a glint is no region that anyone would show. */
export const REGION_SPECK = 0.0005;

export type Edges = typeof EDGES;
