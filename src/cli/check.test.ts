/** `diffcut models check` on the tiny pipelines, against what diffusers gave. */
import { copyFileSync, cpSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHECKED_CLIP, unpackClip } from '../../test/clips.ts';
import { folderOf, golden, pictureOf } from '../../test/pipelines.ts';
import { runCli } from '../../test/run-cli.ts';
import { CASES, vitFolder, vitGolden, vitPicture } from '../../test/vits.ts';
import { encodePng, writeNpy } from '../toolkit.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

const save = async (kind: string, size: string): Promise<void> => {
  writeFileSync(at('picture.png'), await encodePng(pictureOf(kind, size)));
  for (const name of ['features', 'noise']) copyFileSync(join(folderOf(kind), 'golden', `${name}-${size}.npy`), at(`${name}.npy`));
};

const check = (...args: string[]) => runCli('models', 'check', ...args, '--golden', folder);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diffcut-check-'));
  vi.stubEnv('DIFFCUT_CACHE', at('cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('a model beside diffusers', () => {
  it('is the same, at any size', async () => {
    await save('ssd', '192x128');
    const { code, out } = await check(folderOf('ssd'), '--device', 'cpu');
    expect(out).toMatch(/^ssd: 24 channels at 192x128 pixels, noise .*noise\.npy, on cpu\nRelative error of the features: 0\.0/);
    expect(out).toMatch(/Tokens in the same segment at alpha 10, tau 0\.5: 100\.0 % .*\nThe same: /);
    expect(code).toBe(0);
  });

  it('is not with other noise, or another picture', async () => {
    await save('ssd', '128x128');
    const { shape, data } = golden('ssd', 'noise-128x128');
    writeFileSync(at('noise.npy'), writeNpy(data.toReversed(), shape));
    const { code, out } = await check(folderOf('ssd'));
    expect(code).toBe(1);
    expect(out).toMatch(/^Not the same: /m);
    unlinkSync(at('noise.npy'));
    writeFileSync(at('picture.png'), await encodePng(pictureOf('ssd', '192x128')));
    const drawn = await check(folderOf('ssd'), '--json');
    expect(drawn.code).toBe(1);
    expect(JSON.parse(drawn.out)).toMatchObject({ name: 'ssd', noise: 'cuda:42', resized: true, same: false, centredError: expect.any(Number) });
  });

  it('says what is missing', async () => {
    expect(await check(folderOf('ssd'))).toMatchObject({ code: 1, err: expect.stringMatching(/features\.npy" does not exist/) });
    await save('ssd', '128x128');
    expect(await check(folderOf('sd1'))).toMatchObject({ code: 1, err: expect.stringMatching(/they are of another model/) });
    unlinkSync(at('picture.png'));
    expect(await check(folderOf('ssd'))).toMatchObject({ code: 1, err: expect.stringMatching(/has no picture\.png or picture\.jpg/) });
    await save('ssd', '128x128');
    expect(await check('ssd-1b')).toMatchObject({ code: 1, err: expect.stringMatching(/diffcut models pull ssd-1b/) });
    expect(await check('embedded')).toMatchObject({ code: 2, err: expect.stringMatching(/nothing to check/) });
    expect(await check('ssd-2')).toMatchObject({ code: 2, err: expect.stringMatching(/did you mean "ssd-1b"/) });
  });
});

describe('a vision transformer beside timm', () => {
  it('is the same, at a size that is cut', async () => {
    const of = CASES.find(({ kind, width }) => kind === 'dinov2-reg' && width === 150) as (typeof CASES)[number];
    const { shape, data } = vitGolden(of.features);
    writeFileSync(at('picture.png'), await encodePng(vitPicture(of)));
    writeFileSync(at('features.npy'), writeNpy(data, shape));
    const { code, out } = await check(vitFolder(of.kind), '--device', 'cpu');
    expect(out).toMatch(/^dinov2-reg: 32 channels at 150x58 pixels, on cpu\n/);
    expect(code).toBe(0);
  });
});

describe('what names segments beside transformers', () => {
  beforeEach(() => cpSync(CHECKED_CLIP, folder, { recursive: true }));

  it('is the same: vectors of segments and names, and their logits', async () => {
    const { code, out, err } = await check(unpackClip('plain-vit', folder), '--device', 'cpu');
    expect(err).toBe('');
    expect(out).toMatch(/^plain-vit: 5 names, 5 segments at 128x128 pixels, on cpu\nRelative error of the segments' vectors: /);
    expect(out).toMatch(/^Segments of the same name: 5 of 5\nThe same: up to 0\.001 counts as the same\n$/m);
    expect(code).toBe(0);
  });

  it('is not with another picture, or other words', async () => {
    const clip = unpackClip('plain-vit', folder);
    writeFileSync(at('vocabulary.txt'), 'cat\ndog\nsofa\nsea\nhouse\n');
    const words = await check(clip, '--json');
    expect(words.code).toBe(1);
    expect(JSON.parse(words.out)).toMatchObject({ name: 'plain-vit', size: 128, names: 5, same: false, sameNames: [expect.any(Number), 5] });
    const { errors } = JSON.parse(words.out);
    expect(errors.segments).toBeLessThan(1e-3);
    expect(errors.texts).toBeGreaterThan(0.01);
    writeFileSync(at('picture.png'), await encodePng(pictureOf('ssd', '128x128')));
    expect((await check(clip)).out).toMatch(/^Not the same: /m);
  });

  it('says what does not go together', async () => {
    const clip = unpackClip('plain-vit', folder);
    expect(await check('tinyclip-8m')).toMatchObject({ code: 1, err: expect.stringMatching(/diffcut models pull tinyclip-8m/) });
    expect(await check('ssd-1b')).toMatchObject({ code: 2, err: expect.stringMatching(/^diffcut: ssd-1b names no segments/) });
    writeFileSync(at('vocabulary.txt'), 'cat\n');
    expect(await check(clip)).toMatchObject({ code: 1, err: expect.stringMatching(/texts\.npy" is of 5 x 12 numbers and not 1 x 12/) });
    writeFileSync(at('picture.png'), await encodePng(pictureOf('ssd', '192x128')));
    expect(await check(clip)).toMatchObject({ code: 1, err: expect.stringMatching(/is 192 x 128: save it as it went in, a square/) });
    unlinkSync(at('vocabulary.txt'));
    expect(await check('tinyclip-8m')).toMatchObject({ code: 2, err: expect.stringMatching(/holds no names: scripts\/save-clip\.py makes/) });
  });
});
