import { describe, expect, it } from 'vitest';
import { lineOf } from '../ledger.ts';
import { coherenceForm, ofFirst, type PickedPicture, type PointFeatures } from './lines.ts';

const picture: PickedPicture = {
  id: 'a',
  at: 4,
  width: 5,
  height: 4,
  picked: new Map([
    [0, [3, 19, 7]],
    [2, [1]],
    [7, [0, 2]],
  ]),
};
const seen: PointFeatures = { id: 'a', at: 4, encoder: 'e', features: Float32Array.from({ length: 12 }, (_, i) => i / 7) };
const read = (line: object) => coherenceForm.read(JSON.parse(JSON.stringify(line)));

describe('what a coherence run remembers', () => {
  it('comes back as it was, to the last bit', () => {
    for (const line of [picture, seen, { ...seen, features: new Float32Array(0) }])
      expect(read(JSON.parse(lineOf(line, coherenceForm)))).toEqual(line);
  });

  it.each<[string, object]>([
    ['a point outside', { picked: [[0, [20]]] }],
    ['a point between two', { picked: [[0, [0.5]]] }],
    ['points of no class', { picked: [[null, [0]]] }],
    ['no points', { picked: undefined }],
    ['no size', { width: 0 }],
    ['half a number', { encoder: 'e', features: 'AAA=' }],
    ['what is no number', { encoder: 'e', features: 'AADAfw==' }],
    ['no features', { encoder: 'e' }],
  ])('is refused with %s', (_, wrong) => {
    expect(() => read({ ...coherenceForm.write(picture), ...wrong })).toThrow();
  });

  it('gives the features of the first points of each class', () => {
    expect(ofFirst(seen, picture, 3)).toEqual(seen.features);
    const kept = [0, 1, 2, 3, 6, 7, 8, 9, 10, 11];
    expect([...ofFirst(seen, picture, 2)]).toEqual(kept.map((i) => seen.features[i]));
    expect([...ofFirst(seen, picture, 1)]).toEqual([0, 1, 6, 7, 8, 9].map((i) => seen.features[i]));
    expect(ofFirst({ ...seen, features: new Float32Array(0) }, { ...picture, picked: new Map() }, 3)).toHaveLength(0);
  });

  it('refuses the features of other points', () => {
    for (const length of [0, 11])
      expect(() => ofFirst({ ...seen, features: new Float32Array(length) }, picture, 2)).toThrow(/kept of a are not those/);
    expect(() => ofFirst(seen, { ...picture, picked: new Map() }, 2)).toThrow(/kept of a are not those/);
  });
});
