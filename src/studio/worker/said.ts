/** Sentences of the package as the page says them. Pure. */

/** A last clause that names an option with its flag, which the page has no place for. */
const FLAGGED = /[:;,] [^:;,]*\(--[\w-]+\)[^:;,]*$/;

/** What is said of a picture or a problem, without what can be done about it on the command line alone. */
export const withoutFlags = (text: string): string => text.replace(FLAGGED, '');
