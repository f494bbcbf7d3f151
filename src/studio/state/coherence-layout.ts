/** How pictures and encoders stand beside each other: as large as the room allows. */

export interface Room {
  /** Pixels of the page. */
  width: number;
  height: number;
}

export interface Layout {
  /** Cells beside each other. */
  perLine: number;
  /** Of the pictures, in their order: of each of its panels, pixels of the page. */
  panels: Room[];
  /** All of it is seen at once. */
  fits: boolean;
}

/** Between cells, and below each for its words. */
export const GAP = 12;
export const CAPTION = 64;
/** A panel is never narrower: the room scrolls. */
const LEAST = 132;

const fitted = ({ width, height }: Room, { width: w, height: h }: Room): Room => {
  const by = Math.min(w / width, h / height);
  return { width: Math.max(1, Math.floor(width * by)), height: Math.max(1, Math.floor(height * by)) };
};

/** @param pictures their sizes, pixels @param columns how many encoders: a line a picture where they are several */
export const layoutOf = (room: Room, pictures: readonly Room[], columns: number): Layout => {
  const at = (perLine: number): Layout => {
    const lines = Math.ceil((pictures.length * columns) / perLine);
    const width = (room.width - GAP * (perLine + 1)) / perLine;
    const height = (room.height - GAP) / lines - GAP - CAPTION;
    const box = { width: Math.max(LEAST, width), height: Math.max(LEAST, height) };
    return { perLine, panels: pictures.map((picture) => fitted(picture, box)), fits: width >= LEAST && height >= LEAST };
  };
  if (columns > 1) return at(columns);
  const area = ({ panels }: Layout): number => panels.reduce((sum, { width, height }) => sum + width * height, 0);
  const all = pictures.map((_, i) => at(i + 1));
  // one below the other where there is no room for all: pages scroll that way
  return all.filter(({ fits }) => fits).reduce((best, one) => (area(one) > area(best) || !best.fits ? one : best), all[0]);
};
