/** What is made of a picture with the library alone, as a page does it: the files that the command line writes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse, type Content, decodeImage, draw, encodePng, FORMATS, recordOf, describe as segmentsOf, usedOptions } from '../src/index.ts';
import { joined } from '../src/tensor/bytes.ts';
import { runCli } from './run-cli.ts';
import { paint } from './scenes.ts';

describe('the files that the library makes', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'diffcut record '));
    const scene = paint(90, 60, (x, y) => ((x - 25) ** 2 + (y - 30) ** 2 < 250 ? [220, 40, 30] : x > 55 && y > 20 ? [20, 60, 200] : [40, 140, 60]));
    writeFileSync(join(folder, 'a.png'), await encodePng(scene));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = async (content: Content | Promise<Content>): Promise<Uint8Array> => {
    const now = await content;
    return new Uint8Array(now instanceof Uint8Array ? now : await joined(now));
  };

  it.each([
    ['merge', {}, []],
    ['ncut', { minArea: 9, split: true }, ['--solver', 'ncut', '--min-area', '9', '--split']],
  ] as const)('are those of the command line, but for times (%s)', async (solver, drawn, args) => {
    const out = join(folder, solver);
    const told = await runCli('segment', join(folder, 'a.png'), '-o', out, '--jobs', '1', '--format', Object.keys(FORMATS).join(','), ...args);
    expect(told.code, told.err).toBe(0);
    const there = JSON.parse(readFileSync(join(out, 'a.json'), 'utf8'));

    const analysis = await analyse(await decodeImage(new Uint8Array(readFileSync(join(folder, 'a.png')))), { solver });
    const drawing = await draw(analysis, {}, drawn);
    const { labels, segments } = await segmentsOf(drawing, analysis.picture);
    const { picture, asked, version, timings } = there;
    const options = usedOptions(analysis, {}, drawn);
    const record = recordOf({ picture: analysis.picture, file: fileOf(picture), options, lost: drawing.lost, asked, version, timings, segments });
    const made = { name: 'a.png', image: analysis.picture, labels, segments, record };
    for (const [name, format] of Object.entries(FORMATS)) {
      const path = join(out, `a${format.suffix}`);
      if ('bytes' in format) {
        expect([name, await read(format.bytes(made))]).toEqual([name, new Uint8Array(readFileSync(path))]);
        continue;
      }
      const shown = segments.filter((segment) => format.isShown?.(segment) ?? true);
      expect(readdirSync(path).length).toBe(shown.length);
      for (const segment of shown)
        expect(await read(format.each(made, segment))).toEqual(
          new Uint8Array(readFileSync(join(path, `${String(segment.id).padStart(3, '0')}.png`))),
        );
    }
  });
});

const fileOf = ({ name, bytes, modified }: Record<string, never>) => ({ name, bytes, modified });
