/** Concepts to look at: one HTML file with a row a concept, in which they are renamed and merged. */
import { PAGE_SCRIPT } from './page-script.ts';
import type { ConceptRecord, ConceptsRecord } from './record.ts';

/** A segment to be seen. */
export interface Example {
  /** A data URL. */
  source: string;
  /** The picture it is of. */
  title: string;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]);

const STYLE = `
:root { color-scheme: light dark; --ground: #fbfbfa; --panel: #fff; --ink: #1c1d1f; --soft: #62666c; --line: #dcdee1; --accent: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ground: #151618; --panel: #1e2023; --ink: #e9eaec; --soft: #a0a5ac; --line: #34373c; --accent: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding: 12px 20px; background: var(--panel); border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 18px; }
header p { margin: 0; color: var(--soft); }
header div { display: flex; gap: 8px; margin-left: auto; }
#told { flex-basis: 100%; order: 1; }
#told:empty { height: 0; margin-top: -8px; }
button { min-height: 36px; padding: 4px 14px; border: 1px solid var(--line); border-radius: 7px; background: var(--ground); color: inherit; font: inherit; cursor: pointer; }
button:disabled { color: var(--soft); cursor: default; opacity: 0.6; }
button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#save { border-color: var(--accent); color: var(--accent); }
ol { list-style: none; margin: 0 auto; padding: 12px 20px 48px; max-width: 1280px; }
li { display: grid; grid-template-columns: auto minmax(180px, 270px) 1fr; gap: 6px 16px; align-items: center; padding: 10px 0; border-bottom: 1px solid var(--line); }
li[hidden] { display: none; }
label { display: flex; align-items: center; gap: 10px; min-height: 36px; }
label input { width: 18px; height: 18px; margin: 0; }
.swatch { width: 22px; height: 22px; border-radius: 6px; border: 1px solid var(--line); }
.name { width: 100%; min-height: 34px; padding: 3px 8px; border: 1px solid transparent; border-radius: 6px; background: transparent; color: inherit; font: inherit; font-weight: 600; }
.name:hover, .name:focus { border-color: var(--line); background: var(--panel); }
.name::placeholder { color: var(--ink); opacity: 0.75; }
.facts { margin: 0; padding-left: 9px; color: var(--soft); font-size: 13px; }
.cutouts { display: flex; flex-wrap: wrap; gap: 8px; min-width: 0; }
.cutouts img { width: 92px; height: 92px; padding: 2px; object-fit: contain; border-radius: 7px; background: color-mix(in srgb, var(--soft) 14%, var(--panel)); }
@media (max-width: 640px) {
  header, ol { padding-left: 12px; padding-right: 12px; }
  header { position: static; }
  header div { margin-left: 0; }
  li { grid-template-columns: auto 1fr; }
  .cutouts { grid-column: 1 / -1; }
  .cutouts img { width: calc((100% - 24px) / 4); height: auto; aspect-ratio: 1; }
}`;

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const rowOf = ({ id, name = '', colour, segments, pictures, spread }: ConceptRecord, examples: readonly Example[]): string => {
  const images = examples.map(
    ({ source, title }) => `<img data-of="${id}" src="${escaped(source)}" alt="${escaped(title)}" title="${escaped(title)}" loading="lazy">`,
  );
  return `<li data-id="${id}">
<label><input type="checkbox" aria-label="Choose concept ${id}"><span class="swatch" style="background:${escaped(colour)}"></span></label>
<div><input class="name" aria-label="Name of concept ${id}" placeholder="Concept ${id}" maxlength="200" value="${escaped(name)}">
<p class="facts">${plural(segments, 'segment')}, ${plural(pictures, 'picture')}, spread ${spread.toFixed(2)}</p></div>
<div class="cutouts">${images.join('')}</div>
</li>`;
};

/**
 * The page: no file and no address beside it is ever asked for.
 * @param examples of each concept, in the order in which they are shown
 */
export const conceptsPage = (record: ConceptsRecord, examples: readonly (readonly Example[])[]): string => {
  const rows = record.concepts.map((concept) => rowOf(concept, examples[concept.id] ?? []));
  const segments = record.pictures.reduce((sum, picture) => sum + picture.segments.length, 0);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Concepts</title>
<style>${STYLE}
</style>
<header>
<h1>Concepts</h1>
<p>${plural(record.pictures.length, 'picture')}, ${plural(segments, 'segment')}, ${plural(record.concepts.length, 'concept')} · ${escaped(record.encoder)}</p>
<p id="told" role="status"></p>
<div><button id="undo" disabled>Undo</button><button id="merge" disabled>Merge</button><button id="save">Save JSON</button></div>
</header>
<ol id="concepts">
${rows.join('\n')}
</ol>
<script type="application/json" id="record">${JSON.stringify(record).replaceAll('<', '\\u003c')}</script>
<script>${PAGE_SCRIPT}</script>
</html>
`;
};
