/** Where the page comes from. */

/** From a host of files, as `npm run build:studio` lays it out; else from `diffcut studio`, which computes as well. */
export const isStatic: boolean = document.documentElement.dataset.site === 'static';

/** A file beside the page, or a call of the program that served it. @param path relative to the page */
export const urlOf = (path: string): URL => new URL(path, document.baseURI);
