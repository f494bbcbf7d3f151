/** `diffcut models check` on the tiny pipelines, against what diffusers gave. */
import { copyFileSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
