import { describe, expect, it } from 'vitest';
import { grownMap, sampleMaps } from '../../test/export-samples.ts';
import type { GeoReference } from '../types.ts';
import { encodeGeojson } from './geojson.ts';
import type { LabelledPicture } from './labelled.ts';

interface Feature {
  id: number;
  properties: Record<string, unknown>;
  geometry: { type: string; coordinates: number[][][] | number[][][][] };
}

const read = async (picture: LabelledPicture, given = {}): Promise<{ features: Feature[] } & Record<string, unknown>> =>
  JSON.parse(new TextDecoder().decode(await encodeGeojson(picture, given)));

const partsOf = ({ geometry: { type, coordinates } }: Feature): number[][][][] =>
  (type === 'Polygon' ? [coordinates] : coordinates) as number[][][][];

const area2 = (ring: number[][]): number =>
  ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i][0] - ring[0][0]) * (y - ring[0][1]) - (x - ring[0][0]) * (ring[i][1] - ring[0][1]), 0);

/** Closed rings, the outer one counterclockwise, holes not. */
const badRings = (features: Feature[]): number[][][] =>
  features
    .flatMap(partsOf)
    .flatMap((rings) => rings.filter((ring, i) => (i === 0 ? area2(ring) <= 0 : area2(ring) >= 0) || String(ring[0]) !== String(ring.at(-1))));

const HOLE = { width: 4, height: 3, data: Int32Array.of(0, 0, 0, 7, 0, 3, 0, 7, 0, 0, 0, 7) };
const NORTH_UP: GeoReference = { crs: 'EPSG:32633', transform: [399960, 10, 0, 5300040, 0, -10], tags: {} };

describe('encodeGeojson', () => {
  it('tells of each object, in pixels of the picture where it lies nowhere', async () => {
    const picture = { name: 'a.jpg', labels: HOLE, names: ['sky'], colours: Uint8Array.of(1, 2, 255), background: 7 };
    const { features, space, crs } = await read(picture, { tolerance: 0 });
    expect(space).toEqual({ units: 'pixels', origin: 'top left corner', x: 'right', y: 'down', width: 4, height: 3 });
    expect(crs).toBeUndefined();
    expect(features.map(({ id }) => id)).toEqual([0, 3]);
    expect(features[0].properties).toEqual({ id: 0, name: 'sky', area: 8, picture: 'a.jpg', fill: '#0102ff' });
    expect(features[1].properties).toMatchObject({ id: 3, name: 'segment', fill: expect.stringMatching(/^#[0-9a-f]{6}$/) });
    const square = [
      [1, 1],
      [2, 1],
      [2, 2],
      [1, 2],
      [1, 1],
    ];
    expect(features[1].geometry).toEqual({ type: 'Polygon', coordinates: [square] });
    expect(features[0].geometry.coordinates.length).toBe(2);
  });

  it('gives a segment of several parts as one', async () => {
    const { features } = await read({ name: 'a', labels: { width: 3, height: 1, data: Int32Array.of(1, 0, 1) } });
    expect(features.map(({ geometry }) => geometry.type)).toEqual(['Polygon', 'MultiPolygon']);
  });

  it('lies where the picture lies, with its system by name', async () => {
    const { features, crs, space } = await read({ name: 'a.tif', labels: HOLE, geo: NORTH_UP }, { tolerance: 0 });
    expect(crs).toEqual({ type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32633' } });
    expect(space).toBeUndefined();
    const [outer] = partsOf(features[2])[0];
    expect(outer).toHaveLength(5);
    expect([Math.min(...outer.map(([x]) => x)), Math.max(...outer.map(([, y]) => y))]).toEqual([399990, 5300040]);
  });

  it('lies there at another size, too', async () => {
    const place = async (given: object) => partsOf((await read({ name: 'a', labels: HOLE, ...given }, { tolerance: 0 })).features[2])[0][0];
    const corners = await place({ geo: NORTH_UP, picture: { width: 8, height: 9 } });
    expect([Math.min(...corners.map(([x]) => x)), Math.min(...corners.map(([, y]) => y))]).toEqual([399960 + 60, 5300040 - 90]);
    expect(Math.max(...(await place({ picture: { width: 8, height: 9 } })).flat())).toBe(9);
  });

  it.each<[string, object, object | undefined]>([
    ['longitude and latitude', { ...NORTH_UP, crs: 'EPSG:4326', transform: [8, 0.001, 0, 47, 0, -0.001] }, undefined],
    ['a map without a name', { ...NORTH_UP, crs: undefined }, { units: 'map' }],
    ['no map', { tags: {} }, { units: 'pixels', origin: 'top left corner', x: 'right', y: 'down', width: 4, height: 3 }],
  ])('says what coordinates are: %s', async (_, geo, told) => {
    const { crs, space } = await read({ name: 'a', labels: HOLE, geo: geo as GeoReference });
    expect([crs, space]).toEqual([undefined, told]);
  });

  it.each<[string, GeoReference['transform']]>([
    ['pixels', undefined],
    ['north up', NORTH_UP.transform],
    ['south up', [0, 2, 0, 0, 0, 2]],
    ['turned', [5, 0.5, 1, 7, 1, -0.5]],
    ['turned and mirrored', [5, 0.5, -1, 7, 1, 0.5]],
    ['a quarter turned', [5, 0, 1, 7, 1, 0]],
  ])('winds rings by the right hand: %s', async (_, transform) => {
    for (const { name, labels } of sampleMaps().filter(({ labels }) => labels.data.length < 10_000))
      expect(badRings((await read({ name, labels, geo: { tags: {}, ...(transform && { transform }) } })).features)).toEqual([]);
  });

  it('gives neighbours the very same places', async () => {
    const { features } = await read({ name: 'a', labels: grownMap(40, 30, 25), geo: { tags: {}, transform: [0.1, 0.3, 0.01, 7.7, 0.02, -0.7] } });
    const linesOf = (ring: number[][]): string[] => ring.slice(1).map((place, i) => `${ring[i]};${place}`);
    const lines = new Set(features.flatMap(partsOf).flat().flatMap(linesOf));
    const alone = [...lines].filter((line) => !lines.has(line.split(';').reverse().join(';'))).map((line) => line.split(';'));
    // what has no other side is the frame: one way round, each place once
    expect(new Set(alone.map(([from]) => from))).toEqual(new Set(alone.map(([, to]) => to)));
    const frame = alone.map(([from, to]) => [from, to].map((place) => place.split(',').map(Number)));
    expect(frame.reduce((sum, [[ax, ay], [bx, by]]) => sum + (ax * by - bx * ay) / 2, 0)).toBeCloseTo(40 * 30 * (0.3 * 0.7 + 0.01 * 0.02), 6);
  });

  it('leaves out what is transparent', async () => {
    const { features } = await read({ name: 'a', labels: { ...HOLE, transparent: 3 } });
    expect(features.map(({ id }) => id)).toEqual([0, 7]);
    expect(features[0].geometry.coordinates.length).toBe(2);
    expect((await read({ name: 'a', labels: { ...HOLE, data: HOLE.data.map(() => 1) }, background: 1 })).features).toEqual([]);
  });

  it('takes any name', async () => {
    const hostile = '"},\u2028\ud800</script>\n';
    const { features } = await read({ name: hostile.trim(), labels: HOLE, names: [hostile] } as LabelledPicture);
    expect(features[0].properties.name).toBe(hostile);
  });

  it.each<[string, object, RegExp]>([
    ['a map that is flat', { geo: { tags: {}, transform: [0, 1, 2, 0, 1, 2] } }, /Expected six numbers .* for geo\.transform/],
    ['five numbers', { geo: { tags: {}, transform: [0, 1, 2, 0, 1] } }, /for geo\.transform/],
    ['a size that is none', { picture: { width: 0, height: 1 } }, /for picture/],
    ['no name', { name: undefined }, /a picture of the set/],
    ['ids below 0', { labels: { width: 1, height: 1, data: Int32Array.of(-1) } }, /ids must be 0 or more/],
  ])('refuses %s', async (_, part, sentence) => {
    await expect(encodeGeojson({ name: 'a', labels: HOLE, ...part } as LabelledPicture)).rejects.toThrow(sentence);
  });

  it('refuses an option that is none, and stops at an abort', async () => {
    const picture = { name: 'a', labels: HOLE };
    await expect(encodeGeojson(picture, { tolerance: -1 })).rejects.toThrow(/Expected a number from 0 to 1000 for tolerance/);
    await expect(encodeGeojson(picture, { tolerence: 1 } as never)).rejects.toThrow(/did you mean "tolerance"/);
    await expect(encodeGeojson(picture, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
