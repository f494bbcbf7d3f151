/** What a page of the studio may do, and what every answer says of it. */

const only = (directives: Record<string, string>): string =>
  Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');

const DIRECTIVES = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self'",
  'img-src': "'self' blob: data:",
  'style-src': "'self'",
  'font-src': "'self'",
  'manifest-src': "'self'",
  'form-action': "'none'",
  'base-uri': "'none'",
};

/** The Content-Security-Policy that the built page carries in a meta tag, where `frame-ancestors` is none. */
export const META_CSP: string = only(DIRECTIVES);

/** The Content-Security-Policy of every answer. */
export const CSP: string = only({ ...DIRECTIVES, 'frame-ancestors': "'none'" });

/** Of every answer, an error's among them. With the first two a page is cross-origin isolated: its WebAssembly may have threads. */
export const HEADERS: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': CSP,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
