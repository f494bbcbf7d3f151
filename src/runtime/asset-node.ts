import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @param folder a URL, or a path */
export const baseOf = (folder: URL | string): URL =>
  /^[a-z][a-z0-9+.-]+:/i.test(String(folder)) ? new URL(`${folder}`.replace(/\/?$/, '/')) : pathToFileURL(resolve(String(folder)) + sep);

/** The bytes of a file that ships with the package. */
export const readAsset = async (url: URL): Promise<Uint8Array> => {
  if (url.protocol === 'file:') return readFile(url);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
};
