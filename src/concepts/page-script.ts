/** What the page of concepts does: rename, merge, take back, save, show more and whole pictures. Runs in a browser as it stands, so it is kept as text. */
export const PAGE_SCRIPT = `
'use strict';
const record = JSON.parse(document.getElementById('record').textContent);
const rows = new Map([...document.querySelectorAll('#concepts > li')].map((row) => [Number(row.dataset.id), row]));
const button = (id) => document.getElementById(id);
const list = document.getElementById('concepts');
const told = document.getElementById('told');
const wholes = JSON.parse(document.getElementById('wholes').textContent);
const shelves = [...document.querySelectorAll('.cutouts')];
const dialog = document.getElementById('whole');
const IN_ROW = 8;
const OUTLINE = 2; // pixels

/** Groups of concepts that are one now, and their names. */
let groups = record.concepts.map(({ id, name }) => ({ ids: [id], name: name ?? '' }));
const before = [];
let isUnsaved = false;

addEventListener('beforeunload', (event) => {
  if (isUnsaved) event.preventDefault();
});

const picturesOf = (ids) => record.pictures.filter(({ segments }) => segments.some(([, concept]) => ids.includes(concept))).length;
const sum = (values) => values.reduce((total, value) => total + value, 0);
const plural = (count, noun) => count + ' ' + noun + (count === 1 ? '' : 's');

/** Counts and the mean spread, by segments. */
const factsOf = (ids) => {
  const all = ids.map((id) => record.concepts[id]);
  const segments = sum(all.map((one) => one.segments));
  const spread = sum(all.map((one) => one.segments * one.spread)) / Math.max(1, segments);
  return { segments, pictures: picturesOf(ids), spread: Number(spread.toPrecision(4)) };
};

const chosen = () => groups.filter(({ ids }) => rows.get(ids[0]).querySelector('[type=checkbox]').checked);

const showButtons = () => {
  const count = chosen().length;
  button('merge').disabled = count < 2;
  button('merge').textContent = count < 2 ? 'Merge' : 'Merge ' + count;
  button('undo').disabled = before.length === 0;
};

/** All cut-outs of a row or the first ones, and how many there are besides. */
const showShelf = (shelf) => {
  const cutouts = [...shelf.querySelectorAll('.cutout')];
  const isOpen = shelf.classList.contains('open');
  cutouts.forEach((cutout, i) => {
    cutout.hidden = !isOpen && i >= IN_ROW;
  });
  const more = shelf.querySelector('.more');
  const missing = Number(shelf.dataset.total) - cutouts.length;
  more.hidden = cutouts.length <= IN_ROW;
  more.textContent = isOpen ? 'Fewer' : '+' + (cutouts.length - IN_ROW) + ' more';
  more.setAttribute('aria-expanded', String(isOpen));
  shelf.querySelector('.rest').textContent = missing > 0 && (isOpen || more.hidden) ? plural(missing, 'segment') + ' not in this page' : '';
};

const show = () => {
  for (const { ids, name } of groups) {
    const row = rows.get(ids[0]);
    const { segments, pictures, spread } = factsOf(ids);
    row.querySelector('.name').value = name;
    row.querySelector('.facts').textContent = plural(segments, 'segment') + ', ' + plural(pictures, 'picture') + ', spread ' + spread.toFixed(2);
    const shelf = row.querySelector('.cutouts');
    shelf.dataset.total = segments;
    const cutouts = ids.flatMap((id) => [...list.querySelectorAll('[data-of="' + id + '"]')]);
    for (const cutout of cutouts) if (cutout.parentNode !== shelf) shelf.insertBefore(cutout, shelf.querySelector('.more')); // what moves under a pointer loses its click
  }
  shelves.forEach(showShelf);
  button('count').textContent = plural(groups.length, 'concept');
  const first = new Set(groups.map(({ ids }) => ids[0]));
  for (const [id, row] of rows) {
    row.hidden = !first.has(id);
    if (row.hidden) row.querySelector('[type=checkbox]').checked = false;
  }
  showButtons();
};

const change = (next, text) => {
  isUnsaved = true;
  before.push(groups);
  groups = next;
  told.textContent = text;
  show();
};

button('merge').addEventListener('click', () => {
  const [into, ...others] = chosen();
  const ids = [into, ...others].flatMap((group) => group.ids);
  const name = into.name || (others.find((other) => other.name) ?? into).name;
  const left = groups.filter((group) => !others.includes(group));
  change(left.map((group) => (group === into ? { ids, name } : group)), 'Merged ' + plural(others.length + 1, 'concept') + '.');
  rows.get(ids[0]).querySelector('[type=checkbox]').checked = false;
  showButtons();
});

button('undo').addEventListener('click', () => {
  groups = before.pop();
  told.textContent = 'Taken back.';
  show();
});

list.addEventListener('change', ({ target }) => {
  if (target.type === 'checkbox') return showButtons();
  const id = Number(target.closest('li').dataset.id);
  const name = target.value.trim().slice(0, 200);
  change(groups.map((group) => (group.ids[0] === id ? { ...group, name } : group)), '');
});

/** The record with what was renamed and merged: what --assign takes. */
const edited = () => {
  const concepts = groups.map(({ ids, name }, id) => ({
    id,
    ...(name && { name }),
    colour: record.concepts[ids[0]].colour,
    ...factsOf(ids),
    vectors: ids.flatMap((one) => record.concepts[one].vectors),
  }));
  const now = new Map(groups.flatMap(({ ids }, id) => ids.map((one) => [one, id])));
  const moved = (segments) => segments.map(([segment, concept, ...rest]) => [segment, now.get(concept), ...rest]);
  return { ...record, concepts, pictures: record.pictures.map((picture) => ({ ...picture, segments: moved(picture.segments) })) };
};

button('save').addEventListener('click', () => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(edited())], { type: 'application/json' }));
  link.download = 'concepts-edited.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  isUnsaved = false;
  told.textContent = 'Saved: diffcut concepts … --assign concepts-edited.json';
});

const load = async (source) => {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
};

/** The concept of each pixel. */
const idsOf = (map) => {
  const context = new OffscreenCanvas(map.width, map.height).getContext('2d');
  context.drawImage(map, 0, 0);
  return context.getImageData(0, 0, map.width, map.height).data.filter((_, i) => i % 4 === 0);
};

/** Fades what is not of the group, and draws a line around what is. */
const outline = ({ data, width, height }, ids, own, colour) => {
  const within = Uint8Array.from(ids, (id) => (own.has(id) ? 1 : 0));
  const rgb = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  for (let i = 0; i < within.length; i++) {
    if (!within[i]) for (let c = 0; c < 3; c++) data[4 * i + c] = 255 - (255 - data[4 * i + c]) * 0.35;
    const [x, y] = [i % width, Math.floor(i / width)];
    const near = [x - OUTLINE, x + OUTLINE].map((at) => (at < 0 || at >= width ? 0 : within[y * width + at]));
    const beside = [y - OUTLINE, y + OUTLINE].map((at) => (at < 0 || at >= height ? 0 : within[at * width + x]));
    if (within[i] && [...near, ...beside].includes(0)) data.set(rgb, 4 * i);
  }
};

/** The picture of a cut-out, with all of its concept in it. */
const showWhole = async ({ dataset }) => {
  const group = groups.find(({ ids }) => ids.includes(Number(dataset.of)));
  const { path } = record.pictures[dataset.picture];
  const [image, map] = await Promise.all([wholes[dataset.picture].source, wholes[dataset.picture].map].map(load));
  const canvas = dialog.querySelector('canvas');
  Object.assign(canvas, { width: image.width, height: image.height });
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height);
  outline(pixels, idsOf(map), new Set(group.ids), record.concepts[group.ids[0]].colour);
  context.putImageData(pixels, 0, 0);
  dialog.querySelector('p').textContent = (group.name || 'Concept ' + group.ids[0]) + ' · ' + path;
  dialog.showModal();
};

for (const shelf of shelves)
  shelf.addEventListener('click', ({ target }) => {
    const pressed = target.closest('button');
    if (!pressed) return;
    if (!pressed.classList.contains('more')) return showWhole(pressed);
    shelf.classList.toggle('open');
    showShelf(shelf);
  });

dialog.addEventListener('click', ({ target }) => {
  if (target === dialog) dialog.close(); // beside the picture
});

show();
`;
