/**
 * The files of the package that are no code: where a bundler follows `new URL(…, import.meta.url)` they are where it put
 * them, and else where the application says.
 */
import { baseOf, readAsset } from '#runtime/asset';
import { expected, InputError, kindOf } from '../errors.ts';

/** The files that there are: see setAssets. */
export type AssetName = 'efficientnet-lite.onnx' | 'worker.js' | 'ort-wasm-simd-threaded.wasm' | 'ort-wasm-simd-threaded.asyncify.wasm';

/** Where they are: a folder (URL, in Node also a path), or a function from name to bytes; undefined for one that is in its usual place. */
export type Assets = URL | string | ((name: AssetName) => Uint8Array | undefined | Promise<Uint8Array | undefined>);

let assets: Assets | undefined;

/**
 * For bundles that lack the package's files (esbuild, a CommonJS bundle): where to find them. Called before the first
 * encoder is opened; for the whole program.
 *
 * | name | copied or made from | needed for |
 * |---|---|---|
 * | `efficientnet-lite.onnx` | `node_modules/diffcut/assets/` | the encoder `embedded` |
 * | `worker.js` | `diffcut/worker`, bundled by you (not by a function) | `worker: true`; in Node usual where it is there |
 * | `ort-wasm-simd-threaded.wasm` | `node_modules/onnxruntime-web/dist/` | any encoder, in a browser |
 * | `ort-wasm-simd-threaded.asyncify.wasm` | the same | WebGPU |
 *
 * @param from their folder (a URL, in Node also a path), or a function that gives a file's bytes, or undefined for the usual place
 * @throws InputError for anything else
 */
export const setAssets = (from: Assets | undefined): void => {
  if (from !== undefined && !['string', 'function'].includes(typeof from) && kindOf(from) !== 'URL')
    throw expected('a folder (a URL or a path) or a function from name to bytes', 'the assets', from);
  assets = from;
};

/** Where the application says that a file lies; undefined where it says nothing, or has bytes. */
export const assetUrl = (name: AssetName): URL | undefined =>
  assets === undefined || typeof assets === 'function' ? undefined : new URL(name, baseOf(assets));

/** A file's bytes as the application gives them; undefined where it does not. */
export const assetBytes = async (name: AssetName): Promise<Uint8Array | undefined> => (typeof assets === 'function' ? assets(name) : undefined);

/** The bytes of a file. @param packaged where it is if nobody says otherwise @throws InputError that names `setAssets` */
export const loadAsset = async (name: AssetName, packaged: () => URL): Promise<Uint8Array> => {
  const given = await assetBytes(name);
  if (given) return given;
  let url: URL | undefined;
  try {
    url = assetUrl(name) ?? packaged();
    return await readAsset(url);
  } catch (error) {
    const todo = 'keep diffcut out of the bundle, or copy the file from diffcut/assets and call setAssets with its folder';
    const code = url?.protocol.startsWith('http') ? 'E_NETWORK' : 'E_FILE';
    throw new InputError(`${name}, a file of diffcut, could not be read (${(error as Error).message}): ${todo}`, { code, cause: error });
  }
};
