/** A labeling interface of Label Studio: the picture it shows, and the control that regions go into. */
import { InputError } from '../../errors.ts';
import type { Control } from './work-node.ts';

/** Letters of a configuration; those of Label Studio's templates have a few thousand. */
const LONGEST = 200_000;

/** A tag's beginning, or an attribute; bounded names, so that no text costs the square of its length. */
const TOKEN = /<([A-Za-z]\w{0,60})|([\w:-]{1,60})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)')/g;

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const plain = (text: string): string => text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name]);

const withoutComments = (xml: string): string => {
  const [first, ...rest] = xml.split('<!--');
  return first + rest.map((part) => part.slice(part.includes('-->') ? part.indexOf('-->') + 3 : part.length)).join('');
};

interface Tag {
  name: string;
  attributes: Record<string, string>;
}

const tagsOf = (xml: string): Tag[] => {
  const tags: Tag[] = [];
  for (const [, name, key, double, single] of withoutComments(xml).matchAll(TOKEN)) {
    if (name) tags.push({ name, attributes: {} });
    else if (tags.length > 0) tags[tags.length - 1].attributes[key] = plain(double ?? single);
  }
  return tags;
};

export interface Interface {
  control: Control;
  /** The member of a task's data that holds the picture. */
  member: string;
}

const KINDS = ['BrushLabels', 'PolygonLabels'];

/** @throws InputError for a configuration without a picture, or without brushes or polygons for it */
export const interfaceOf = (xml: unknown): Interface => {
  if (typeof xml !== 'string' || xml.length > LONGEST) throw new InputError(`A labeling interface is wanted, a text of at most ${LONGEST} letters`);
  const tags = tagsOf(xml);
  const image = tags.find(({ name }) => name === 'Image');
  const toName = image?.attributes.name ?? '';
  const member = image?.attributes.value?.replace(/^\$/, '') ?? '';
  const controls = tags.filter(({ name, attributes }) => KINDS.includes(name) && attributes.toName === toName);
  if (!image || controls.length === 0)
    throw new InputError(
      'The labeling interface has no Image with BrushLabels or PolygonLabels: choose "Semantic Segmentation with Masks" or "with Polygons"',
    );
  const [first] = controls;
  const label = tags.slice(tags.indexOf(first)).find(({ name }) => name === 'Label')?.attributes.value ?? 'segment';
  const nameOf = (kind: string): string => controls.find(({ name }) => name === kind)?.attributes.name ?? first.attributes.name ?? '';
  const polygons = first.name === 'PolygonLabels';
  const brushes = controls.some(({ name }) => name === 'BrushLabels');
  return { member, control: { brushes, fromName: nameOf('BrushLabels'), polygonsFromName: nameOf('PolygonLabels'), toName, polygons, label } };
};
