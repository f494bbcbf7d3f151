// The page that web.test.ts builds and opens: the package as any web application imports it.
import * as diffcut from 'diffcut';
// What follows is below the package's surface, and is only for the shards of pipelinePath.
import { compileUnet } from '../../../dist/compile/nets/unet.js';
import { compileTinyVae, compileVae } from '../../../dist/compile/nets/vae.js';
import { placeWeights } from '../../../dist/runtime/place.js';
import { openSession } from '../../../dist/runtime/session-web.js';
import { encodePrompt } from '../../../dist/text/prompt.js';
import * as toolkit from '../../../dist/toolkit.js';
import { openPipeline, openTiny } from '../../../dist/weights/pipeline.js';
import { goldenPath } from '../golden-path.js';
import { FOLDER, pipelineFiles, pipelinePath } from '../pipeline-path.ts';
import { stripes } from '../stripes.ts';
import { VITS_FOLDER, vitPath } from '../vit-path.ts';

const read = async (path) => new Uint8Array(await (await fetch(`/files/${path}`)).arrayBuffer());

/** Plain arrays: what the test gets across from the page has to survive JSON. */
const plain = (map) => ({ ...map, data: Array.from(map.data), ...(map.alpha && { alpha: Array.from(map.alpha) }) });

const runGolden = async () => {
  const { agreements, photo, segmented } = await goldenPath(diffcut, read);
  return { agreements, photo: plain(photo), segmented: plain(segmented) };
};

const runPipeline = async () => {
  const parts = { compileUnet, compileVae, compileTinyVae, placeWeights, encodePrompt, openSession, openPipeline, openTiny };
  const outcome = await pipelinePath(diffcut, parts, read, new URL(`/files/${FOLDER}`, location.href).href);
  return { ...outcome, tiny: Array.from(outcome.tiny) };
};

/** Name and message of what openEncoder throws, or the device that took it. */
const opening = async (...args) => {
  try {
    const encoder = await diffcut.openEncoder(...args);
    await encoder.dispose();
    return encoder.device;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};

const runDevices = async () => {
  const files = await pipelineFiles(diffcut, read);
  const outcomes = { hasGpu: String((await navigator.gpu?.requestAdapter()) != null), 'ssd-1b': await opening('ssd-1b') };
  for (const device of ['auto', 'cuda', 'webgpu']) outcomes[device] = await opening(files, { size: 128, device });
  return outcomes;
};

/** One encode on the page's thread and one in a worker: whether they are the same, and the longest time between two turns of the thread. */
const runWorker = async () => {
  const picture = { data: Uint8Array.from({ length: 3 * 256 * 256 }, (_, i) => (i * 7) % 256), width: 256, height: 256 };
  const encode = async (worker) => {
    const encoder = await diffcut.openEncoder('embedded', { size: 1536, worker });
    let [last, gap] = [performance.now(), 0];
    const timer = setInterval(() => {
      gap = Math.max(gap, performance.now() - last);
      last = performance.now();
    }, 5);
    const { data } = await encoder.encode(picture, { onProgress() {} });
    clearInterval(timer);
    await encoder.dispose();
    return { data, gap: Math.max(gap, performance.now() - last) };
  };
  const [here, there] = [await encode(false), await encode(true)];
  const refused = await opening('embedded', { device: 'cuda', worker: true });
  return {
    same: here.data.length > 0 && here.data.every((value, i) => value === there.data[i]),
    gaps: { here: here.gap, there: there.gap },
    refused,
  };
};

const runVits = () => vitPath(toolkit, read, new URL(`/files/${VITS_FOLDER}`, location.href).href);

/** A picture from the bytes of its file, given in one of the ways of decode.cases.ts; or name and message of what was thrown. */
globalThis.decode = async (numbers, as, options) => {
  const bytes = Uint8Array.from(numbers);
  const blob = new Blob([bytes]);
  const base64 = btoa(String.fromCharCode(...bytes));
  const data = `data:image/png;base64,${base64}`;
  const sources = { bytes, buffer: bytes.buffer, blob, url: URL.createObjectURL(blob), data, base64 };
  try {
    return plain(await diffcut.decodeImage(sources[as], options));
  } catch ({ name, message }) {
    return { name, message };
  }
};

/** A cut, which takes no runtime, and what was said on the console. */
globalThis.cut = async () => {
  const told = [];
  console.warn = (line) => told.push(line);
  return { labels: plain((await diffcut.partition(stripes())).labels), told };
};

globalThis.outcomes = async () => ({
  golden: await runGolden(),
  pipeline: await runPipeline(),
  vits: await runVits(),
  devices: await runDevices(),
  worker: await runWorker(),
});
