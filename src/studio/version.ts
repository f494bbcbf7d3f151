/** The package's version; the build puts it there. */
declare const __VERSION__: string;
export const VERSION: string = __VERSION__;
