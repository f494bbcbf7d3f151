/** Coherence: what is like a place of a picture, there and in the pictures beside it, by one encoder or several. */
import {
  bestMatch,
  type ColormapName,
  drawHeatmap,
  InputError,
  type Match,
  type Query,
  type Range,
  type SimilarityMap,
  type Size,
  similarity,
} from 'diffcut';
import { maskOf } from '../edit/index.ts';
import type { Settings } from '../types.ts';
import { analysisOf, type Open, picture } from './desk.ts';
import { type Point, type Prepared, paintMap, prepare, rangeOf, stopsOf, tokenMap, unitAt } from './heat.ts';
import { canvasOf } from './pictures.ts';
import type { Context } from './wire.ts';

/** An encoder, and where it computes: a column. */
export type Column = Required<Pick<Settings, 'encoder' | 'where'>>;

/** What is looked for, in pixels of the picture that is worked on. */
export type Place = Point | { boxXYWH: readonly [left: number, top: number, width: number, height: number] } | { regions: readonly number[] };

export interface HeatQuery {
  picture: string;
  at: Place;
}

/** A map that is wanted: of a picture, by an encoder. */
export interface HeatCell {
  picture: string;
  column: Column;
}

/** How maps are coloured. */
export interface HeatLook {
  colormap: ColormapName;
  /** Each map's own range of cosines, or one for all. */
  scale: 'own' | 'shared';
}

export interface HeatAsked extends HeatLook {
  query: HeatQuery;
  /** `width` and `height`: of the panel, device pixels. */
  cells: readonly (HeatCell & { width: number; height: number })[];
  /** Between tokens too, as `similarity` has it; else as quick as a pointer moves. */
  isExact: boolean;
}

export interface Heat {
  bitmap: ImageBitmap;
  /** The two ends of the colours, and the colours between them. */
  range: Range;
  stops: [number, number, number][];
  /** In pixels of the picture. */
  best: Match;
}

/** What is told of a map at its picture's full size. */
export interface HeatNumbers extends HeatCell {
  width: number;
  height: number;
  tokens: [columns: number, rows: number];
  best: Match;
  range: Range;
}

/** Longest side of a picture beside others, pixels. */
const COVER = 1600;
/** Most pixels that stand for a box or a region while a pointer moves. */
const SAMPLES = 256;

const prepared = new WeakMap<Open, Map<string, { size: number | undefined; made: Promise<Prepared> }>>();

/** The picture's own settings where the encoder is its own; another encoder's are its own defaults. */
const settingsFor = ({ row: { settings } }: Open, column: Column): Settings => {
  const { encoder = 'embedded', where = 'page' } = settings;
  return encoder === column.encoder && where === column.where ? settings : column;
};

const prepareFrom = async (open: Open, settings: Settings, context: Context): Promise<Prepared> => {
  for (;;) {
    try {
      return prepare((await analysisOf(open, settings, context)).features);
    } catch (error) {
      // an analysis that was begun for somebody who gave up
      if ((error as Error).name !== 'AbortError' || context.signal.aborted) throw error;
    }
  }
};

/** Kept beside the desk's few analyses: there may be many columns. */
const preparedOf = (open: Open, column: Column, context: Context): Promise<Prepared> => {
  const all = prepared.get(open) ?? new Map<string, { size: number | undefined; made: Promise<Prepared> }>();
  prepared.set(open, all);
  const settings = settingsFor(open, column);
  const key = `${column.where} ${column.encoder}`;
  const found = all.get(key);
  if (found && found.size === settings.size) return found.made;
  const made = prepareFrom(open, settings, context);
  all.set(key, { size: settings.size, made });
  made.catch(() => all.get(key)?.made === made && all.delete(key));
  return made;
};

const maskIn = ({ sheet }: Open, ids: readonly number[]) => {
  if (!sheet) throw new InputError('The picture has no regions yet');
  return maskOf(
    sheet,
    ids.filter((id) => id < sheet.nextId),
  );
};

/** As `similarity` wants it. */
const queryOf = (open: Open, at: Place): Query => {
  if (!('regions' in at)) return at;
  const { data, width, height } = maskIn(open, at.regions);
  return { labels: { data: Int32Array.from(data), width, height }, id: 1 };
};

/** Pixels that stand for the query: itself, a lattice over a box, some of a region's. */
const pointsOf = (open: Open, at: Place): Point[] => {
  if ('regions' in at) {
    const { data, width } = maskIn(open, at.regions);
    const inside = data.reduce((sum, bit) => sum + bit, 0);
    const stride = Math.max(1, Math.floor(inside / SAMPLES));
    const points: Point[] = [];
    for (let i = 0, n = 0; i < data.length; i++) if (data[i] && n++ % stride === 0) points.push([i % width, Math.floor(i / width)]);
    return points;
  }
  if (!('boxXYWH' in at)) return [at];
  const [left, top, width, height] = at.boxXYWH;
  const most = Math.sqrt(SAMPLES);
  const along = (start: number, length: number): number[] =>
    Array.from({ length: Math.min(most, length) }, (_, i) => start + Math.floor(((i + 0.5) * length) / Math.min(most, length)));
  return along(top, height).flatMap((y) => along(left, width).map((x): Point => [x, y]));
};

/** Lets an abort be heard. */
const breath = async ({ signal }: Context): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
};

/** @param size of the map; the picture's own where not given */
const exactMap = async (query: HeatQuery, { picture: id, column }: HeatCell, context: Context, size?: Size) => {
  const [reference, target] = [await picture(query.picture), await picture(id)];
  const [from, to] = [await preparedOf(reference, column, context), await preparedOf(target, column, context)];
  await breath(context);
  const { width, height } = reference.image;
  const { image } = target;
  const map = similarity(from.features, queryOf(reference, query.at), to.features, {
    picture: { width, height },
    target: { width: size?.width ?? image.width, height: size?.height ?? image.height },
  });
  return { map, image, features: to.features };
};

const quickMap = async (query: HeatQuery, { picture: id, column }: HeatCell, context: Context) => {
  const [reference, target] = [await picture(query.picture), await picture(id)];
  const [from, to] = [await preparedOf(reference, column, context), await preparedOf(target, column, context)];
  const map = tokenMap(to, unitAt(from.features, reference.image, pointsOf(reference, query.at)));
  return { map, image: target.image };
};

/** Where a map is largest, in pixels of its picture. */
const bestIn = (map: SimilarityMap, { width, height }: Size): Match => {
  const { x, y, cosine } = bestMatch(map);
  return { x: Math.floor(((x + 0.5) * width) / map.width), y: Math.floor(((y + 0.5) * height) / map.height), cosine };
};

export const coherenceHandlers = {
  /** A picture as it stands beside others. */
  cover: async ({ id }: { id: string }, { transfer }: Context): Promise<{ width: number; height: number; bitmap: ImageBitmap }> => {
    const { image } = await picture(id);
    const { width, height } = image;
    const by = Math.min(1, COVER / Math.max(width, height));
    const [resizeWidth, resizeHeight] = [width, height].map((side) => Math.max(1, Math.round(side * by)));
    const bitmap = await createImageBitmap(canvasOf(image), { resizeWidth, resizeHeight, resizeQuality: 'high' });
    transfer(bitmap);
    return { width, height, bitmap };
  },

  /** Computes a picture's features where they are not there yet, so that maps come at once. */
  prepare: async ({ picture: id, column }: HeatCell, context: Context): Promise<{ tokens: [columns: number, rows: number] }> => {
    const { features } = await preparedOf(await picture(id), column, context);
    return { tokens: [features.width, features.height] };
  },

  /** The maps of one query, in the order of the cells. */
  heat: async ({ query, cells, colormap, scale, isExact }: HeatAsked, context: Context): Promise<Heat[]> => {
    const found: { map: SimilarityMap; image: Size }[] = [];
    for (const cell of cells) found.push(isExact ? await exactMap(query, cell, context, cell) : await quickMap(query, cell, context));
    const shared = scale === 'shared' ? rangeOf(found.map(({ map }) => map)) : undefined;
    const stops = stopsOf(colormap);
    return found.map(({ map, image }, i) => {
      const { width, height } = cells[i];
      const range = shared ?? rangeOf([map]);
      const canvas = new OffscreenCanvas(width, height);
      canvas.getContext('2d')?.putImageData(new ImageData(paintMap(map, { width, height }, range, colormap), width, height), 0, 0);
      const bitmap = canvas.transferToImageBitmap();
      context.transfer(bitmap);
      return { bitmap, range, stops, best: bestIn(map, image) };
    });
  },

  /** A map over its picture at full size, as `drawHeatmap` draws it. @param opacity of the colours, 0..1 @returns a PNG */
  heatPicture: async (
    { query, cell, colormap, range, opacity }: { query: HeatQuery; cell: HeatCell; colormap: ColormapName; range?: Range; opacity: number },
    context: Context,
  ): Promise<Blob> => {
    const { map, image } = await exactMap(query, cell, context);
    const drawn = drawHeatmap(image, map, { range, colormap });
    // drawn at half opacity: another one lies on the same line
    for (let i = 0; i < drawn.data.length; i++) {
      const value = image.data[i] + 2 * opacity * (drawn.data[i] - image.data[i]);
      drawn.data[i] = Math.min(255, Math.max(0, Math.round(value)));
    }
    return canvasOf(drawn).convertToBlob({ type: 'image/png' });
  },

  /** The figure's numbers, all at full size. */
  heatNumbers: async ({ query, cells }: { query: HeatQuery; cells: readonly HeatCell[] }, context: Context): Promise<HeatNumbers[]> => {
    const out: HeatNumbers[] = [];
    for (const [i, { picture: id, column }] of cells.entries()) {
      const { map, image, features } = await exactMap(query, cells[i], context);
      const { width, height } = image;
      out.push({ picture: id, column, width, height, tokens: [features.width, features.height], best: bestMatch(map), range: rangeOf([map]) });
    }
    return out;
  },
};
