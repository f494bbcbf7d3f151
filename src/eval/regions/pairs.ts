/** Pixels of two pictures paired off: as many pairs within a distance as there can be. */

/** Who may be paired with whom: the others that are near pixel i are `places` from `start[i]` on, the nearest first. */
interface Nearby {
  start: Int32Array;
  places: Int32Array;
}

/** Which one each is paired with, -1 where it is alone. */
interface Pairs {
  ofPixel: Int32Array;
  ofOther: Int32Array;
}

type Step = readonly [dx: number, dy: number];

/** Steps within a distance, the nearest first, equally near ones by rows. */
const stepsWithin = (distance: number): Step[] => {
  const reach = Math.floor(distance);
  const line = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  return line
    .flatMap((dy) => line.map((dx): Step => [dx, dy]))
    .filter(([dx, dy]) => dx * dx + dy * dy <= distance * distance)
    .sort(([ax, ay], [bx, by]) => ax * ax + ay * ay - bx * bx - by * by);
};

/** Place of the other one that is a step from a pixel, -1 where there is none. */
type Look = (pixel: number, step: Step) => number;

const lookup = (others: Int32Array, width: number, height: number): Look => {
  const placeAt = new Int32Array(width * height).fill(-1);
  others.forEach((p, place) => {
    placeAt[p] = place;
  });
  return (pixel, [dx, dy]) => {
    const x = (pixel % width) + dx;
    const y = Math.floor(pixel / width) + dy;
    return x >= 0 && x < width && y >= 0 && y < height ? placeAt[y * width + x] : -1;
  };
};

const nearby = (pixels: Int32Array, steps: readonly Step[], look: Look): Nearby => {
  const start = new Int32Array(pixels.length + 1);
  const places: number[] = [];
  pixels.forEach((pixel, i) => {
    for (const step of steps) {
      const place = look(pixel, step);
      if (place >= 0) places.push(place);
    }
    start[i + 1] = places.length;
  });
  return { start, places: Int32Array.from(places) };
};

/** Pairs of those that are both alone still, from the nearest on. */
const nearestPairs = (pixels: Int32Array, others: number, steps: readonly Step[], look: Look): Pairs => {
  const pairs = { ofPixel: new Int32Array(pixels.length).fill(-1), ofOther: new Int32Array(others).fill(-1) };
  for (const step of steps) {
    for (let i = 0; i < pixels.length; i++) {
      const place = pairs.ofPixel[i] < 0 ? look(pixels[i], step) : -1;
      if (place < 0 || pairs.ofOther[place] >= 0) continue;
      pairs.ofPixel[i] = place;
      pairs.ofOther[place] = i;
    }
  }
  return pairs;
};

/** The shortest way from a lone pixel to a lone other one, pairs changed along it. @param seen others that lead nowhere; grows */
const augment = ({ start, places }: Nearby, { ofPixel, ofOther }: Pairs, lone: number, seen: Uint8Array, from: Int32Array): boolean => {
  const queue = [lone];
  for (const pixel of queue) {
    for (let at = start[pixel]; at < start[pixel + 1]; at++) {
      const other = places[at];
      if (seen[other]) continue;
      seen[other] = 1;
      from[other] = pixel;
      if (ofOther[other] >= 0) {
        queue.push(ofOther[other]);
        continue;
      }
      for (let now = other; now >= 0; ) {
        const before = ofPixel[from[now]];
        ofPixel[from[now]] = now;
        ofOther[now] = from[now];
        now = before;
      }
      return true;
    }
  }
  return false;
};

/**
 * As many pairs within the distance as there can be, each pixel in one at most: from the nearest on, then by augmenting paths
 * (Kuhn), after which nobody is alone who was not. In a round a pixel that leads nowhere is tried once.
 * @param pixels places in a picture of this size, each once; so are `others`
 * @returns of each of `pixels` the place of its pair among `others`, -1 where it is alone
 */
export const matchOneToOne = (pixels: Int32Array, others: Int32Array, width: number, height: number, distance: number): Int32Array => {
  const steps = stepsWithin(distance);
  const look = lookup(others, width, height);
  const near = nearby(pixels, steps, look);
  const pairs = nearestPairs(pixels, others.length, steps, look);
  const from = new Int32Array(others.length);
  for (let found = true; found; ) {
    found = false;
    const seen = new Uint8Array(others.length);
    for (let i = 0; i < pixels.length; i++) if (pairs.ofPixel[i] < 0 && augment(near, pairs, i, seen, from)) found = true;
  }
  return pairs.ofPixel;
};
