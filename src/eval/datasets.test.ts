import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classTable, DATASETS, type DatasetOptions, findDataset, resolveItems } from './datasets.ts';

/** A disk with these folders; `lists` its text files. */
const disk = (folders: Record<string, string[]>, lists: Record<string, string> = {}) => ({
  names: async (folder: string) => folders[folder] ?? [],
  text: async (path: string) => lists[path] ?? '',
});

const folder: DatasetOptions = { images: 'i', masks: 'm', classes: 3 };
const items = (given: DatasetOptions, files: ReturnType<typeof disk>) => resolveItems(DATASETS.folder, given, files);

describe('resolveItems', () => {
  it('pairs a folder by stem, in order', async () => {
    const found = await items(folder, disk({ i: ['b.PNG', 'a.jpg', 'notes.txt', 'ü x.webp'], m: ['a.png', 'b.png', 'ü x.png', 'z.png'] }));
    expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'ü x']);
    expect(found[1]).toEqual({ id: 'b', at: 1, imagePath: join('i', 'b.PNG'), maskPaths: [join('m', 'b.png')] });
  });

  it('keeps to the list and its order', async () => {
    const found = await items(
      { ...folder, list: 'l' },
      disk({ i: ['a.jpg', 'b.jpg', 'c.jpg'], m: ['a.png', 'b.png'] }, { l: '\uFEFFb\r\n\r\na\r\n' }),
    );
    expect(found.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('reads the layout of VOC', async () => {
    const root = 'VOC2012';
    const files = disk(
      { [join(root, 'JPEGImages')]: ['1.jpg', '2.jpg'], [join(root, 'SegmentationClass')]: ['1.png'] },
      { [join(root, 'ImageSets', 'Segmentation', 'val.txt')]: '1\n' },
    );
    expect((await resolveItems(DATASETS.voc2012, { root }, files)).map(({ id }) => id)).toEqual(['1']);
  });

  it('gives all annotators of a picture and no others', async () => {
    const files = disk({ i: ['7.jpg', '7_a.jpg'], m: ['7_2.png', '7_1.png', '7_a_1.png'] });
    const found = await resolveItems(DATASETS.bsds500, { images: 'i', masks: 'm' }, files);
    expect(found.map(({ maskPaths }) => maskPaths)).toEqual([[join('m', '7_1.png'), join('m', '7_2.png')], [join('m', '7_a_1.png')]]);
  });

  it.each([
    ['no picture', { i: [], m: ['a.png'] }, undefined, /No picture in i/],
    ['no mask', { i: ['a.jpg'], m: [] }, undefined, /The mask a\.png is missing in m/],
    ['a listed picture that is missing', { i: ['a.jpg'], m: ['q.png'] }, 'q', /The picture q is missing in i/],
    ['an empty list', { i: ['a.jpg'], m: ['a.png'] }, '\n', /list l is empty/],
    ['a double in the list', { i: ['a.jpg'], m: ['a.png'] }, 'a\na', /names a twice/],
    ['two pictures of one stem', { i: ['a.jpg', 'a.png'], m: ['a.png'] }, undefined, /Two pictures are called a in i: a\.jpg and a\.png/],
  ])('refuses %s', async (_, folders, list, message) => {
    const given = list === undefined ? folder : { ...folder, list: 'l' };
    await expect(items(given, disk(folders, { l: list ?? '' }))).rejects.toThrow(message);
  });
});

describe('findDataset', () => {
  it('guesses, asks for what is missing and refuses what would be ignored', () => {
    expect(() => findDataset('voc2021', {})).toThrow(/Unknown dataset "voc2021": did you mean "voc2012"/);
    expect(() => findDataset('constructor', {})).toThrow(/Unknown dataset/);
    expect(() => findDataset('voc2012', {})).toThrow(/voc2012 needs --root/);
    expect(() => findDataset('voc2012', { root: 'r', classes: 3 })).toThrow(/takes no --classes/);
    expect(() => findDataset('bsds500', { images: 'i', masks: 'm', background: 0 })).toThrow(/takes no --background/);
  });
});

describe('classTable', () => {
  it('is the set’s own or what was given', () => {
    expect(classTable(DATASETS.voc2012, {})).toMatchObject({ classes: 21, background: 0, ignore: 255 });
    expect(DATASETS.voc2012.classes?.names).toHaveLength(21);
    expect(classTable(DATASETS.folder, folder)).toEqual({ classes: 3, background: undefined, ignore: 255 });
  });

  it('refuses classes that cannot be', () => {
    const table = (given: DatasetOptions) => () => classTable(DATASETS.folder, given);
    expect(table({ classes: 0 })).toThrow(/1 to 65535 for classes but received 0/);
    expect(table({ classes: 3, background: 3 })).toThrow(/0 to 2, for background but received 3/);
    expect(table({ classes: 3, background: 0, ignore: 0 })).toThrow(/other than the background for ignore/);
  });
});
