import { afterEach, describe, expect, it, vi } from 'vitest';
import { decodeImage } from './decode-web.ts';

vi.mock('#net/fetch', () => import('../net/fetch-web.ts'));
afterEach(() => vi.unstubAllGlobals());
const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1);

/** A browser whose every picture is 2 x 1, red and blue. */
const browser = () => {
  const close = vi.fn();
  const bitmap = vi.fn(async (_blob: Blob, _options: object) => ({ width: 2, height: 1, close }));
  const context = { fillRect: vi.fn(), drawImage: vi.fn(), getImageData: () => ({ data: Uint8ClampedArray.of(255, 0, 0, 255, 0, 0, 255, 255) }) };
  vi.stubGlobal('createImageBitmap', bitmap);
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = () => context;
    },
  );
  return { bitmap, close, context };
};

describe('decodeImage in a browser', () => {
  it('reads bytes, a buffer, a Blob and a URL by way of a bitmap, the right way up', async () => {
    const { bitmap, close } = browser();
    vi.stubGlobal('fetch', async () => new Response(png));
    const expected = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255), source: { format: 'PNG' } };
    for (const source of [png, png.buffer, new Blob([png]), 'photos/a.png', new URL('https://example.test/a.png')])
      expect(await decodeImage(source)).toEqual(expected);
    expect(bitmap.mock.calls[0][1]).toEqual({ imageOrientation: 'from-image' });
    expect(close).toHaveBeenCalledTimes(5);
  });

  it('takes ImageData and RgbImage without a bitmap', async () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    expect(await decodeImage(image)).toBe(image);
    expect((await decodeImage({ width: 1, height: 1, data: Uint8ClampedArray.of(1, 2, 3, 0) })).data).toEqual(Uint8Array.of(255, 255, 255));
  });

  it('takes no allowPrivate for an address', async () => {
    browser();
    vi.stubGlobal('fetch', async () => new Response(png));
    await expect(decodeImage('https://example.test/a.png', { allowPrivate: true })).rejects.toMatchObject({
      code: 'E_OPTION',
      message: 'allowPrivate has no meaning in a browser, which follows redirects by its own rules: leave it out',
    });
  });

  it('refuses in one sentence', async () => {
    const { close } = browser();
    await expect(decodeImage(png, { maxPixels: 1 })).rejects.toThrow(/The picture has 2 x 1 = 2 pixels, over the limit of 1/);
    expect(close).toHaveBeenCalledTimes(1);
    await expect(decodeImage(new Uint8Array(0))).rejects.toThrow(/is empty/);
    await expect(decodeImage(5 as never)).rejects.toThrow(/Expected a path, URL, .* but received 5/);
    await expect(decodeImage(png, { maxPixels: 0 })).rejects.toThrow(/for maxPixels but received 0/);
    vi.stubGlobal('fetch', async () => new Response('', { status: 404, statusText: 'Not Found' }));
    await expect(decodeImage('a.png')).rejects.toThrow(/^a\.png answered 404 Not Found: check the address$/);
    vi.stubGlobal('createImageBitmap', async () => Promise.reject(new DOMException('no such codec')));
    await expect(decodeImage(png)).rejects.toThrow(/truncated or damaged and cannot be decoded \(no such codec\)/);
  });
});
