/** Files as answers: those of the built page and those of the package. */
import { access, constants, open, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join, sep } from 'node:path';
import { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import { getMimeType, mimes } from 'hono/utils/mime';
import { InputError } from '../errors.ts';
import { isFile, notRead } from '../system-errors-node.ts';
import { Refusal } from './refusal-node.ts';

/** Pictures that are read here and that the table of types leaves out. */
const PICTURES = { jfif: 'image/jpeg', jpe: 'image/jpeg', pjpeg: 'image/jpeg', pjp: 'image/jpeg', heic: 'image/heic', heif: 'image/heif' };

const BYTES = 'application/octet-stream';

const typeOf = (name: string): string => getMimeType(name, { ...mimes, ...PICTURES }) ?? BYTES;

/** Bytes that are read at once. */
const PIECE = 2 ** 18;

/** So many bytes from a file's start. It is opened when the first are wanted, and closed when nobody wants more. */
const piecesOf = async function* (path: string, bytes: number): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    for (let left = bytes; left > 0; ) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(Math.min(left, PIECE)));
      if (bytesRead === 0) throw notRead(path, new Error('it became shorter while it was sent'));
      yield buffer.subarray(0, bytesRead);
      left -= bytesRead;
    }
  } finally {
    await file.close();
  }
};

/** @throws InputError where no plain file can be read there */
const sendFile = async (path: string, headers: Record<string, string>): Promise<Response> => {
  try {
    const there = await stat(path);
    if (!there.isFile()) throw notRead(path, { code: there.isDirectory() ? 'EISDIR' : 'ENODEV' }); // a pipe would be waited for
    await access(path, constants.R_OK);
    const body = ReadableStream.from(piecesOf(path, there.size)) as unknown as BodyInit;
    return new Response(body, { headers: { ...headers, 'content-length': String(there.size) } });
  } catch (error) {
    throw notRead(path, error);
  }
};

/** A picture of the user's; whatever else it may be, no page is made of it. @throws InputError where it is gone */
export const sendPicture = (path: string): Promise<Response> => {
  const type = typeOf(path);
  return sendFile(path, { 'content-type': type.startsWith('image/') && !type.includes('svg') ? type : BYTES });
};

/** The file of a folder that a path of an address names, links followed; undefined where it is none or leads out. */
const fileBelow = async (folder: string, path: string): Promise<string | undefined> => {
  try {
    const [root, found] = await Promise.all([realpath(folder), realpath(join(folder, decodeURIComponent(path)))]);
    return found.startsWith(root + sep) && (await isFile(found)) ? found : undefined;
  } catch {
    return undefined; // an odd name is one that is not there
  }
};

/** Names that have a hash of the content in them, as bundlers write it. */
const HASHED = /-(?=[\w-]*[A-Z\d])[\w-]{8}\.\w+$/;

/** How long a browser may keep a file of the page. */
const cachingOf = (path: string): string => {
  if (HASHED.test(path)) return 'public, max-age=31536000, immutable';
  return path.endsWith('.html') ? 'no-store' : 'no-cache';
};

const INDEX = 'index.html';
const NOT_BUILT = 'The page of the studio is not here: "npm run build" in the folder of diffcut makes it';

/** @throws InputError where the page was not built */
export const checkBuilt = async (folder: string): Promise<void> => {
  if (!(await isFile(join(folder, INDEX)))) throw new InputError(NOT_BUILT, { code: 'E_FILE' });
};

const takesBrotli = (accepted: string): boolean =>
  accepted.split(',').some((coding) => /^\s*br\s*(;|$)/i.test(coding) && !/;\s*q\s*=\s*0(\.0*)?\s*$/i.test(coding));

/**
 * A file of the built page, compressed where it is so beside and the browser takes that.
 * @param path as it stands in the address, below the token; empty for the page itself
 * @throws Refusal (404) where there is no such file
 */
export const sendPage = async (folder: string, path: string, accepted: string): Promise<Response> => {
  const name = path || INDEX;
  const found = await fileBelow(folder, name);
  if (found === undefined) throw new Refusal(404, name === INDEX ? NOT_BUILT : 'There is no such file', 'E_FILE');
  const compressed = takesBrotli(accepted) ? await fileBelow(folder, `${name}.br`) : undefined;
  return sendFile(compressed ?? found, {
    'content-type': typeOf(found),
    'cache-control': cachingOf(found),
    vary: 'accept-encoding',
    ...(compressed && { 'content-encoding': 'br' }),
  });
};

const { resolve } = createRequire(import.meta.url);

/** Files that the page loads and that the package has anyhow, by their path in the page. */
const PACKAGED: Record<string, () => string> = {
  'files/efficientnet-lite.onnx': () => fileURLToPath(new URL('../../assets/efficientnet-lite.onnx', import.meta.url)),
  'files/ort-wasm-simd-threaded.wasm': () => resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'),
  'files/ort-wasm-simd-threaded.asyncify.wasm': () => resolve('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm'),
};

/** @returns undefined for another path @throws InputError where onnxruntime-web was taken away */
export const sendPackaged = async (path: string): Promise<Response | undefined> => {
  if (!Object.hasOwn(PACKAGED, path)) return undefined;
  try {
    return await sendFile(PACKAGED[path](), { 'content-type': typeOf(path), 'cache-control': 'no-cache' });
  } catch (error) {
    throw new InputError(`${basename(path)} is not here: install onnxruntime-web beside diffcut, or diffcut anew`, { code: 'E_FILE', cause: error });
  }
};
