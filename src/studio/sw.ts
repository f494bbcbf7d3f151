/** The service worker's place; see below. */
export {};
