/** `convert --names`: ids of label maps as concepts, and what the file of these does not tell of. */
import { posix } from 'node:path';
import { readInput } from '../pipes-node.ts';
import { type Found, nameBelow, type Source } from '../sets/read-node.ts';
import { areasOf, type ConceptNames, InputError, type LabelMap, readConceptNames } from '../toolkit.ts';

/** What the file tells. */
export interface Concepts extends ConceptNames {
  file: string;
  /** Paths of label maps that it does not tell of as they are. */
  untold: Set<string>;
}

/** @throws InputError for what is no file of concepts */
export const readConceptsOf = async (file: string | undefined, signal: AbortSignal): Promise<Concepts | undefined> => {
  if (file === undefined) return undefined;
  const text = new TextDecoder().decode(await readInput(file, 'a concepts.json', signal));
  return { ...readConceptNames(text, JSON.stringify(file)), file, untold: new Set() };
};

/** Of a picture, by which a label map may have another share of a concept than the file tells. */
const AS_TOLD = 0.01;

/**
 * With the names of concepts, and that of the picture unless one was looked for (`hasImages`); a label map that the file does not tell of as it is is noted.
 * @throws InputError for one that has other ids, as it does where concepts were merged since
 */
export const named = (found: Found, { path }: Source, concepts: Concepts | undefined, hasImages: boolean): Found => {
  if (!concepts) return found;
  const { names, colours, pictureOf, untold } = concepts;
  const labels = found.labels as LabelMap;
  const areas = areasOf(labels);
  const picture = pictureOf(path.replaceAll('\\', '/'));
  const told = picture?.shares;
  const isAsTold = (id: number): boolean => Math.abs((told?.get(id) ?? 0) - (areas.get(id) ?? 0) / labels.data.length) <= AS_TOLD;
  const odd = [...areas.keys()].find((id) => !(told ? told.has(id) : id < names.length));
  if (odd === undefined) {
    if (!told || ![...told.keys()].every(isAsTold)) untold.add(path);
    const name = picture ? posix.join(posix.dirname(found.name), posix.basename(nameBelow(picture.path))) : found.name;
    return { ...found, ...(!hasImages && { name }), names, classes: names, colours };
  }
  throw new InputError(
    `${JSON.stringify(path)} has the id ${odd}, which the file of --names does not tell of: make it anew with diffcut concepts … --assign, and take the concepts.json beside it`,
  );
};

/** What is said of label maps that the file does not vouch for, if there are some. */
export const untoldText = ({ untold, file }: Concepts): string | undefined => {
  const [first, ...more] = untold;
  if (first === undefined) return undefined;
  const are = more.length === 0 ? 'as it is' : `and ${more.length} more as they are`;
  return `${JSON.stringify(file)} does not tell of ${JSON.stringify(first)} ${are}: names are right only for what diffcut concepts --assign placed by this file`;
};
