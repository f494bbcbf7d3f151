/** CVAT's XML. */
import { describe, expect, it } from 'vitest';
import { sampleMaps } from '../../test/export-samples.ts';
import { joined } from '../tensor/bytes.ts';
import type { LabelMap } from '../types.ts';
import { encodeCvat } from './cvat.ts';

const mapOf = (...rows: string[]): LabelMap => ({ data: Int32Array.from(rows.join(''), Number), width: rows[0].length, height: rows.length });

const textOf = async (...given: Parameters<typeof encodeCvat>): Promise<string> => {
  const texts: string[] = [];
  for await (const { path, content } of encodeCvat(...given)) {
    expect(path).toBe('annotations.xml');
    texts.push(new TextDecoder().decode(await joined(content as AsyncIterable<Uint8Array>)));
  }
  return texts.join();
};

const MASK = /<mask label="([^"]*)" source="auto" occluded="0" rle="([^"]*)" left="(\d+)" top="(\d+)" width="(\d+)" height="(\d+)" z_order="0">/g;

/** The masks painted by their place in the file. */
const painted = (xml: string, { width, height }: LabelMap): Int32Array => {
  const data = new Int32Array(width * height).fill(-1);
  [...xml.matchAll(MASK)].forEach(([, , rle, ...box], at) => {
    const [left, top, across, down] = box.map(Number);
    const inside = rle.split(', ').flatMap((count, i) => Array(Number(count)).fill(i % 2));
    expect(inside).toHaveLength(across * down);
    inside.forEach((is, i) => {
      if (is) data[(top + Math.floor(i / across)) * width + left + (i % across)] = at;
    });
  });
  return data;
};

describe('encodeCvat', () => {
  it.each(sampleMaps())('has every pixel in masks: $name', async ({ labels }) => {
    const ids = [...new Set(labels.data)].sort((a, b) => a - b);
    const back = painted(await textOf([{ name: 'a.jpg', labels }]), labels);
    expect(labels.data.every((id, i) => id === ids[back[i]])).toBe(true);
  });

  it('is XML as CVAT has it, with labels before pictures', async () => {
    const first = { name: 'train/a.jpg', labels: mapOf('001', '011'), names: ['sky', 'sea'] };
    const second = { name: 'b.jpg', labels: { ...mapOf('0123'), transparent: 3 }, names: ['sky', 'bird', 'sea'], background: 0 };
    const xml = `<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <mode>annotation</mode>
      <overlap>0</overlap>
      <labels>
        <label>
          <name>sky</name>
          <color>#ff6686</color>
          <type>any</type>
          <attributes>
          </attributes>
        </label>
        <label>
          <name>sea</name>
          <color>#00a300</color>
          <type>any</type>
          <attributes>
          </attributes>
        </label>
        <label>
          <name>bird</name>
          <color>#3d00ff</color>
          <type>any</type>
          <attributes>
          </attributes>
        </label>
      </labels>
    </task>
  </meta>
  <image id="0" name="train/a.jpg" width="3" height="2">
    <mask label="sky" source="auto" occluded="0" rle="0, 3, 1" left="0" top="0" width="2" height="2" z_order="0">
    </mask>
    <mask label="sea" source="auto" occluded="0" rle="1, 3" left="1" top="0" width="2" height="2" z_order="0">
    </mask>
  </image>
  <image id="1" name="b.jpg" width="4" height="1">
    <mask label="bird" source="auto" occluded="0" rle="0, 1" left="1" top="0" width="1" height="1" z_order="0">
    </mask>
    <mask label="sea" source="auto" occluded="0" rle="0, 1" left="2" top="0" width="1" height="1" z_order="0">
    </mask>
  </image>
</annotations>
`;
    const colours = /#[0-9a-f]{6}/g;
    const written = await textOf([first, second]);
    expect(written.replace(colours, '')).toBe(xml.replace(colours, ''));
    expect(new Set(written.match(colours)).size).toBe(3);
    expect(await textOf([first, second], { labels: ['sky', 'sea', 'bird'] })).toBe(written);
  });

  it('escapes what has a meaning in XML, and replaces what it cannot hold', async () => {
    const name = 'a&b<c>"d"\t\n\0\v\u0085\ud800\ufffe\u{1F600}';
    const xml = await textOf([{ name: 'x"&.jpg', labels: mapOf('0'), names: [name] }]);
    const told = 'a&#38;b&#60;c&#62;&#34;d&#34;&#9;&#10;\ufffd\ufffd\ufffd\ufffd\ufffd\u{1F600}';
    expect(xml).toContain(`<name>${told}</name>`);
    expect(xml).toContain(`<mask label="${told}"`);
    expect(xml).toContain('name="x&#34;&#38;.jpg"');
  });

  it('is written while pictures come where the labels are known, and refuses others', async () => {
    let given = 0;
    const pictures = async function* () {
      for (const name of ['a', 'b', 'c']) {
        given++;
        yield { name, labels: { data: new Int32Array(90_000).map((_, i) => i % 2), width: 300, height: 300 } };
      }
    };
    for await (const { content } of encodeCvat(pictures(), { labels: ['segment'] })) {
      const seen: number[] = [];
      for await (const _ of content as AsyncIterable<Uint8Array>) seen.push(given);
      expect(seen[0]).toBe(0);
      expect(new Set(seen)).toEqual(new Set([0, 1, 2, 3]));
    }
    await expect(textOf(pictures(), { labels: ['car'] })).rejects.toThrow(/called "segment", which is not among the labels/);
    await expect(textOf([{ name: 'a', labels: mapOf('0') }], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
