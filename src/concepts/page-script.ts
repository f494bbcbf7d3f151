/** What the page of concepts does: rename, merge, take back, save. Runs in a browser as it stands, so it is kept as text. */
export const PAGE_SCRIPT = `
'use strict';
const record = JSON.parse(document.getElementById('record').textContent);
const rows = new Map([...document.querySelectorAll('#concepts > li')].map((row) => [Number(row.dataset.id), row]));
const button = (id) => document.getElementById(id);
const list = document.getElementById('concepts');
const told = document.getElementById('told');

/** Groups of concepts that are one now, and their names. */
let groups = record.concepts.map(({ id, name }) => ({ ids: [id], name: name ?? '' }));
const before = [];

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

const show = () => {
  for (const { ids, name } of groups) {
    const row = rows.get(ids[0]);
    const { segments, pictures, spread } = factsOf(ids);
    row.querySelector('.name').value = name;
    row.querySelector('.facts').textContent = plural(segments, 'segment') + ', ' + plural(pictures, 'picture') + ', spread ' + spread.toFixed(2);
    const shelf = row.querySelector('.cutouts');
    const images = ids.flatMap((id) => [...document.querySelectorAll('[data-of="' + id + '"]')]);
    for (const image of images) if (image.parentNode !== shelf) shelf.append(image); // what moves under a pointer loses its click
  }
  const first = new Set(groups.map(({ ids }) => ids[0]));
  for (const [id, row] of rows) {
    row.hidden = !first.has(id);
    if (row.hidden) row.querySelector('[type=checkbox]').checked = false;
  }
  showButtons();
};

const change = (next, text) => {
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
  told.textContent = 'Saved: diffcut concepts … --assign concepts-edited.json';
});

show();
`;
