/** The page kept by its service worker: offline, and with threads on hosts that send no headers for them. */
import { signal } from '@preact/signals';
import { isStatic, urlOf } from './site.ts';
import { items } from './work.ts';

/** Whether the page would be cross-origin isolated if it were loaded again. */
export const reloadHelps = signal(false);

const ONCE = 'diffcut-reloaded';

/** Whether this tab has not yet loaded itself again; where nothing can be noted it never does. */
const isFirstTime = (): boolean => {
  try {
    const isFirst = sessionStorage.getItem(ONCE) === null;
    sessionStorage.setItem(ONCE, 'yes');
    return isFirst;
  } catch {
    return false;
  }
};

/** Hears whether somebody begins to use the page: a file may be being picked, or dragged here. */
const hearUse = (): (() => boolean) => {
  let isUsed = false;
  for (const kind of ['pointerdown', 'keydown', 'dragenter']) addEventListener(kind, () => (isUsed = true), { capture: true, once: true });
  return () => isUsed || items.value.length > 0;
};

/**
 * Starts the service worker, on a host of files alone: the program's address is another each time. A first page that is not
 * isolated loads itself once more, while nobody has begun to use it.
 */
export const keepPage = async (): Promise<void> => {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  if (!isStatic || !serviceWorker) return; // a browser has none where the address is not secure
  const isUsed = hearUse();
  const wasKept = serviceWorker.controller !== null;
  try {
    await serviceWorker.register(urlOf('sw.js'));
    if (crossOriginIsolated || wasKept) return;
    await serviceWorker.ready;
    if (!isUsed() && isFirstTime()) location.reload();
    else reloadHelps.value = true;
  } catch {
    // a browser that keeps nothing here: the page works as it is
  }
};
