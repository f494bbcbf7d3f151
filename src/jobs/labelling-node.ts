/** What segments of a batch's pictures are: a namer for this process, opened once, and what is made of the names. */
import {
  type AnyLabels,
  coloursByName,
  type Given,
  listedVocabulary,
  mergeNamed,
  type NAMING,
  type Namer,
  nameSegments,
  onlyNamed,
  openNamer,
  type RgbImage,
  type Segment,
  type Watch,
} from '../toolkit.ts';

/** How segments are named: plain data. */
export interface Labelling {
  /** Name or folder of what names them. */
  model: string;
  options: Given<typeof NAMING>;
  /** Those that touch and have one name become one. */
  mergeNames?: boolean;
  /** Only the segments of these names; all else is 0. */
  only?: readonly string[];
}

const opened = new Map<string, Promise<Namer>>();

/** The open one of these options. @throws what `openNamer` does */
export const namerOf = ({ model, options }: Labelling, watch: Watch = {}): Promise<Namer> => {
  const key = JSON.stringify([model, options]);
  const found = opened.get(key) ?? openNamer(model, { ...options, ...watch });
  opened.set(key, found);
  found.catch(() => opened.delete(key)); // the next picture may find it mended
  return found;
};

/** Gives back all that this process has open. */
export const closeNamers = async (): Promise<void> => {
  const all = [...opened.values()];
  opened.clear();
  await Promise.all(all.map((namer) => namer.then((one) => one.dispose()).catch(() => {}))); // who opened it was told
};

/** Of each id its name's colour, which is alike in all pictures. */
export const coloursOf = (segments: readonly Segment[], { options: { classes = [] } }: Labelling): Uint8Array => {
  const names: (string | undefined)[] = [undefined];
  for (const { id, name } of segments) names[id] = name;
  return coloursByName(
    names,
    listedVocabulary(classes).map(([name]) => name),
  );
};

/** What is known of a picture's segments, named. */
export interface NamedSegments {
  labels: AnyLabels;
  segments: Segment[];
  /** The id of all else, where only some are wanted. */
  background?: number;
}

/** @throws what `openNamer` and `nameSegments` do */
export const named = async (segmented: NamedSegments, image: RgbImage, labelling: Labelling, watch: Watch): Promise<NamedSegments> => {
  watch.onProgress?.('name', 0, 1);
  const { segments: all } = await nameSegments(segmented, image, await namerOf(labelling, { signal: watch.signal }), { signal: watch.signal });
  const { labels, segments } = labelling.mergeNames ? await mergeNamed(segmented.labels, all, watch) : { labels: segmented.labels, segments: all };
  return labelling.only ? { ...(await onlyNamed(labels, segments, labelling.only, watch)), background: 0 } : { labels, segments };
};
