/** @param folder a URL, or one that is relative to the page */
export const baseOf = (folder: URL | string): URL => new URL(`${folder}`.replace(/\/?$/, '/'), globalThis.location?.href);

/** The bytes of a file that ships with the package, from where the bundler put it. */
export const readAsset = async (url: URL): Promise<Uint8Array> => {
  const response = await fetch(url);
  // servers of applications of one page answer with that page to whatever is not there
  if (response.ok && !response.headers.get('content-type')?.startsWith('text/html')) return new Uint8Array(await response.arrayBuffer());
  throw new Error(`${url}: the server answered ${response.ok ? 'with a page' : `${response.status} ${response.statusText}`}`);
};
