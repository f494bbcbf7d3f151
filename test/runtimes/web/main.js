// The page that web.test.ts builds and opens: the package as any web application imports it.
import * as diffcut from 'diffcut';
import { goldenPath } from '../golden-path.js';

const read = async (path) => new Uint8Array(await (await fetch(`/files/${path}`)).arrayBuffer());

/** Plain arrays: what the test gets across from the page has to survive JSON. */
const plain = (map) => ({ ...map, data: Array.from(map.data) });

globalThis.outcome = async () => {
  const { agreements, photo, segmented } = await goldenPath(diffcut, read);
  return { agreements, photo: plain(photo), segmented: plain(segmented) };
};
