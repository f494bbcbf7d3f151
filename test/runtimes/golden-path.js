// The golden path as one function, run alike in Node and in a browser: plain JavaScript over the built package.

/** Three cases of each kind are enough here: the stages' own tests run them all. */
const PARTITION_CASES = ['two-8x8-a3-t050', 'chelsea-16x24-a3-t060', 'coffee-24x24-a10-t025'];
const ASSIGN_CASES = ['chelsea-16x16-a3-t050-128x128', 'astronaut-24x24-a3-t060-61x97'];
const REFINE_CASES = ['chelsea-128', 'gaps-37x53'];

/** Size of the encoder's input: small, because one thread of WebAssembly runs it. */
const SIZE = 384;
const PHOTO = 'photos/chelsea.jpg';

/**
 * Share of cells with the same id, after ids of `ours` were renamed to the ids of `theirs` that they share the
 * most cells with, the largest overlap first and each id once.
 */
export const agreement = (ours, theirs) => {
  if (ours.length !== theirs.length) return 0;
  const overlaps = new Map();
  for (let i = 0; i < ours.length; i++) {
    const pair = `${ours[i]} ${theirs[i]}`;
    overlaps.set(pair, (overlaps.get(pair) ?? 0) + 1);
  }
  const used = [new Set(), new Set()];
  let same = 0;
  for (const [pair, cells] of [...overlaps].sort((a, b) => b[1] - a[1])) {
    const [a, b] = pair.split(' ');
    if (used[0].has(a) || used[1].has(b)) continue;
    used[0].add(a);
    used[1].add(b);
    same += cells;
  }
  return same / ours.length;
};

/** Share of cells that are equal as they stand. */
const equal = (ours, theirs) => (ours.length === theirs.length ? ours.filter((id, i) => id === theirs[i]).length / ours.length : 0);

/** Share of bytes within 24 of 255 levels: what a good JPEG leaves. */
const near = (ours, theirs) => ours.filter((value, i) => Math.abs(value - theirs[i]) <= 24).length / ours.length;

/**
 * @param diffcut the package
 * @param read path below the repository, with slashes -> bytes of the file
 * @returns shares of agreement with the goldens by case; the decoded photograph; its segmentation
 */
export const goldenPath = async (diffcut, read) => {
  const casesOf = async (part, names) => {
    const { cases } = JSON.parse(new TextDecoder().decode(await read(`test/golden/${part}/cases.json`)));
    return names.map((name) => cases.find((one) => one.name === name));
  };
  const bytesOf = (part, file) => read(new URL(file, `http://golden/test/golden/${part}/`).pathname.slice(1));
  const features = async (part, file) => diffcut.featuresFromNpy(await bytesOf(part, file), file);
  const labels = async (part, file) => diffcut.labelsFromNpy(await bytesOf(part, file), file);
  const picture = async (part, file) => diffcut.decodeImage(await bytesOf(part, file));
  /** Ids of a grey PNG: any channel of the picture. */
  const greyLabels = async (part, file) => {
    const { data, width, height } = await picture(part, file);
    return { data: Int32Array.from({ length: width * height }, (_, i) => data[3 * i]), width, height };
  };

  const agreements = {};
  for (const { name, features: file, labels: golden, alpha, tau } of await casesOf('partition', PARTITION_CASES)) {
    const { labels: ours } = await diffcut.partition(await features('partition', file), { alpha, tau });
    agreements[`partition ${name}`] = agreement(ours.data, (await labels('partition', golden)).data);
  }
  for (const { name, features: file, coarse, labels: golden, width, height } of await casesOf('assign', ASSIGN_CASES)) {
    const ours = await diffcut.assign(await labels('assign', coarse), await features('assign', file), { width, height });
    agreements[`assign ${name}`] = equal(ours.data, (await labels('assign', golden)).data);
  }
  for (const { name, image, input, median, iterations, dilations } of await casesOf('refine', REFINE_CASES)) {
    const ours = await diffcut.refine(await greyLabels('refine', input), await picture('refine', image), { iterations, dilations });
    agreements[`refine ${name}`] = equal(ours.data, (await greyLabels('refine', median)).data);
  }

  const bytes = await read(PHOTO);
  const photo = await diffcut.decodeImage(bytes);
  agreements['export png'] = equal((await diffcut.decodeImage(await diffcut.encodePng(photo))).data, photo.data);
  agreements['export jpeg'] = near((await diffcut.decodeImage(await diffcut.encodeJpeg(photo, 95))).data, photo.data);
  const { labels: map, segments } = await diffcut.segment(bytes, { size: SIZE });
  const segmented = { width: map.width, height: map.height, data: map.data, segments: segments.length };
  return { agreements, photo, segmented };
};
