/**
 * The service worker of the page on a plain host of files: it keeps the page, so that it works without a network, and adds
 * the headers that make it cross-origin isolated, so that its WebAssembly may have threads. The page is answered whole from
 * one build; a newer one is kept beside it and takes over at the next load.
 */

/** What the build puts in: the page's files, relative; the version of them all; and that of encoder and wasm. */
declare const __PAGE__: readonly string[];
declare const __BUILD__: string;
declare const __FILES__: string;

interface LongEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface AskedEvent extends LongEvent {
  request: Request & { isReloadNavigation?: boolean };
  respondWith(answer: Promise<Response>): void;
}
/** A service worker's own side, which the types of a page lack. */
const here = globalThis as unknown as {
  registration: ServiceWorkerRegistration;
  clients: { claim(): Promise<void>; matchAll(): Promise<readonly unknown[]> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', hear: (event: LongEvent) => void): void;
  addEventListener(type: 'fetch', hear: (event: AskedEvent) => void): void;
  addEventListener(type: 'message', hear: (event: MessageEvent) => void): void;
};

const SCOPE = here.registration.scope;
/** A host may have several studios: each has caches of its own. */
const OURS = `diffcut ${SCOPE} `;
const PAGE_CACHE = `${OURS}page ${__BUILD__}`;
const FILES_CACHE = `${OURS}files ${__FILES__}`;
/** What is large and not always wanted is kept once it was asked for. */
const KEPT_WHEN_USED = /^(files|samples)\//;
const TAKE_OVER = 'take over';
/**
 * For the moment in which the newer build takes over: it does so once this one has nothing to answer. It loads itself again when
 * that is done, and not before: a page that is asked for in between may wait for minutes. Whoever is not heard of is asked once more.
 */
const BLANK = `<!doctype html><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><script>
const again = () => location.reload();
navigator.serviceWorker.oncontrollerchange = again;
setTimeout(again, 5000);
</script>`;
let wasAsked = false;
/** Compressed or not is the same file. */
const ANYHOW = { ignoreVary: true };

const keepPage = async (): Promise<void> => {
  const cache = await caches.open(PAGE_CACHE);
  await cache.addAll(__PAGE__.map((path) => new Request(new URL(path, SCOPE), { cache: 'no-cache' })));
};

const forgetOthers = async (): Promise<void> => {
  const others = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== PAGE_CACHE && name !== FILES_CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
};

const isolated = ({ body, status, statusText, headers: given }: Response): Response => {
  const headers = new Headers(given);
  headers.set('cross-origin-opener-policy', 'same-origin');
  headers.set('cross-origin-embedder-policy', 'require-corp');
  headers.set('cross-origin-resource-policy', 'same-origin');
  return new Response(NO_BODY.has(status) ? null : body, { status, statusText, headers });
};
const NO_BODY = new Set([101, 204, 205, 304]);

/** Whether a newer build may take the place of this one: where no other tab has this one open. */
const isTakenOver = async ({ mode, isReloadNavigation }: AskedEvent['request']): Promise<boolean> => {
  if (mode !== 'navigate' || !here.registration.waiting || wasAsked) return false;
  return (await here.clients.matchAll()).length <= (isReloadNavigation ? 1 : 0);
};

const answer = async ({ request, waitUntil }: { request: AskedEvent['request']; waitUntil: LongEvent['waitUntil'] }): Promise<Response> => {
  if (await isTakenOver(request)) {
    wasAsked = true; // a build that cannot give way, since it fetches something large, answers as ever
    here.registration.waiting?.postMessage(TAKE_OVER);
    return new Response(BLANK, { headers: { 'content-type': 'text/html' } });
  }
  const page = await caches.open(PAGE_CACHE);
  const kept = await page.match(request.mode === 'navigate' ? SCOPE : request, ANYHOW);
  if (kept) return isolated(kept);
  if (!KEPT_WHEN_USED.test(request.url.slice(SCOPE.length))) return isolated(await fetch(request));
  const files = await caches.open(FILES_CACHE);
  const there = await files.match(request.url, ANYHOW);
  if (there) return isolated(there);
  const got = await fetch(request);
  if (got.status === 200) waitUntil(files.put(request.url, got.clone()).catch(() => {})); // a full disk is no reason not to answer
  return isolated(got);
};

here.addEventListener('install', (event) => event.waitUntil(keepPage()));
here.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => here.clients.claim())));
here.addEventListener('message', ({ data }) => {
  if (data === TAKE_OVER) void here.skipWaiting();
});
here.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(SCOPE)) return;
  event.respondWith(answer({ request, waitUntil: (done) => event.waitUntil(done) }));
});
