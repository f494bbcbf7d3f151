import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { grownMap, sampleMaps } from '../../test/export-samples.ts';
import { polygonsOf, simplifyArcs, traceArcs } from './arcs.ts';
import type { LabelledPicture } from './labelled.ts';
import { encodeSvg } from './svg.ts';

const write = async (picture: LabelledPicture, given = {}): Promise<string> => new TextDecoder().decode(await encodeSvg(picture, given));

const pathsOf = (svg: string): { id: number; d: string; fill: string }[] =>
  [...svg.matchAll(/data-id="(\d+)".*? fill="(.*?)".*? d="(.*?)"/g)].map(([, id, fill, d]) => ({ id: Number(id), fill, d }));

/** The rings of a path, from its commands. */
const ringsOf = (d: string): number[][] =>
  d
    .split('z')
    .slice(0, -1)
    .map((path) => {
      const ring: number[] = [];
      for (const [, command, rest] of path.matchAll(/([Mhvl])([^Mhvl]*)/g)) {
        const numbers = (rest.match(/-?\d*\.?\d+/g) ?? []).map(Number);
        const [x, y] = ring.slice(-2);
        if (command === 'M') ring.push(...numbers);
        else if (command === 'h') ring.push(x + numbers[0], y);
        else if (command === 'v') ring.push(x, y + numbers[0]);
        else ring.push(x + numbers[0], y + numbers[1]);
      }
      return ring;
    });

const pixelsOf = async (svg: string, density = 72): Promise<{ data: Uint8Array; width: number; height: number }> => {
  const { data, info } = await sharp(Buffer.from(svg), { density }).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};

describe('encodeSvg', () => {
  it.each(sampleMaps().filter(({ labels }) => labels.data.length < 10_000))('has the rings of all segments: $name', async ({ name, labels }) => {
    for (const tolerance of [0, 1, 3]) {
      const polygons = await polygonsOf(await simplifyArcs(await traceArcs(labels), tolerance));
      const paths = pathsOf(await write({ name, labels }, { tolerance }));
      expect(paths.map(({ id }) => id)).toEqual([...polygons.keys()]);
      for (const { id, d } of paths) expect(ringsOf(d)).toEqual(polygons.get(id)?.flatMap(({ outer, holes }) => [outer, ...holes]));
    }
  });

  it('is drawn as the map is, in its colours', async () => {
    const labels = grownMap(40, 30, 12);
    const colours = Uint8Array.from({ length: 36 }, (_, i) => (i * 53) % 256);
    // lines would cover half a pixel on either side
    const svg = (await write({ name: 'a', labels, colours }, { tolerance: 0 })).replace('stroke-width="1"', 'stroke-width="0"');
    const { data, width } = await pixelsOf(svg);
    expect(width).toBe(40);
    const drawn = Int32Array.from(
      labels.data,
      (_, i) => colours.findIndex((_, k) => k % 3 === 0 && [0, 1, 2].every((c) => colours[k + c] === data[4 * i + c])) / 3,
    );
    expect(drawn).toEqual(labels.data);
  });

  it('shows nothing of the ground between neighbours, at any scale', async () => {
    const svg = await write({ name: 'a', labels: grownMap(60, 50, 30) });
    for (const density of [50, 72, 200, 333]) {
      const { data, width, height } = await pixelsOf(svg, density);
      const inside = (i: number): boolean => i % width > 0 && i % width < width - 1 && i >= width && i < (height - 1) * width;
      const shining = Array.from({ length: width * height }, (_, i) => i).filter((i) => inside(i) && data[4 * i + 3] < 250);
      expect(shining).toEqual([]);
    }
  });

  it('is of the size of the picture', async () => {
    const labels = grownMap(30, 20, 4);
    expect(await write({ name: 'a', labels })).toContain('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20" viewBox="0 0 30 20">');
    expect(await write({ name: 'a', labels, picture: { width: 90, height: 60 } })).toContain('width="90" height="60" viewBox="0 0 30 20">');
    expect(await write({ name: 'a', labels, picture: { width: 91, height: 60 } })).toContain('preserveAspectRatio="none"');
  });

  it('has names as titles, and lets none out of its place', async () => {
    const hostile = `"/><script>&'\n\0\ud800`;
    const labels = { width: 3, height: 1, data: Int32Array.of(0, 1, 2) };
    const svg = await write({ name: 'a&b', labels, names: [hostile, 'sky'], background: 2 });
    expect(svg).toContain('<title>a&#38;b</title>');
    expect(svg).toContain('<title>sky</title>');
    const safe = '&#34;/&#62;&#60;script&#62;&#38;&#39;&#10;\ufffd\ufffd';
    expect(svg).toContain(`<title>${safe}</title>`);
    expect(svg).toContain(`data-name="${safe}"`);
    expect(pathsOf(svg).map(({ id }) => id)).toEqual([0, 1]);
    expect(await write({ name: 'a', labels })).toContain('<title>segment 2</title>');
  });

  it('is the same in every run', async () => {
    const picture = { name: 'a', labels: grownMap(50, 50, 20) };
    expect(await write(picture)).toBe(await write(picture));
  });

  it('refuses what is none, and stops at an abort', async () => {
    const picture = { name: 'a', labels: grownMap(5, 5, 2) };
    await expect(encodeSvg(picture, { tolerance: 1001 })).rejects.toThrow(/Expected a number from 0 to 1000 for tolerance/);
    await expect(encodeSvg({ ...picture, picture: { width: 0.5, height: 1 } })).rejects.toThrow(/for picture/);
    await expect(encodeSvg(picture, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
