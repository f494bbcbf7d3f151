/**
 * The two builds of onnxruntime that Node can run: the native one, and WebAssembly where that does not load (Alpine's libc,
 * a processor it was not built for). Each is loaded when it is used: where a worker computes, this process has no need of it.
 */
import type * as Ort from 'onnxruntime-node';
import { firstLine, InputError } from '../errors.ts';

const missing = (sentence: string, cause: unknown): InputError => new InputError(sentence, { code: 'E_DEVICE', cause });

const HERE = `${process.platform}-${process.arch}`;

/** What the native binary wants of a system. */
const WANTED: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'use a system with glibc, as the image node:22-slim has and Alpine has not',
  win32: "install Microsoft's Visual C++ Redistributable",
};

/** @throws InputError where its binary does not load */
export const loadNative = async (): Promise<typeof Ort> => {
  // Since 1.29 the runtime reports to Microsoft unless told not to before it starts; pictures are nobody else's business.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const advice = [WANTED[process.platform] ?? 'install it anew', 'install onnxruntime-web, which is slower'].join(', or ');
    throw missing(`onnxruntime's binary does not load on ${HERE} (${firstLine(error)}): ${advice}`, error);
  }
};

/** The same functions as WebAssembly; its files lie beside it in node_modules. @throws InputError where it is not installed */
export const loadWasm = async (): Promise<typeof Ort> => {
  try {
    return (await import('onnxruntime-web')) as unknown as typeof Ort;
  } catch (error) {
    throw missing(`onnxruntime-web does not load (${firstLine(error)}): install it beside diffcut, or choose the device cpu`, error);
  }
};
