/** Concepts to look at: one HTML file with a row a concept, in which they are renamed and merged. */
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { ConceptRecord, ConceptsRecord } from './record.ts';

/** A segment to be seen. */
export interface Cutout {
  /** A data URL. */
  source: string;
  /** Its picture, by its place in the record. */
  picture: number;
  concept: number;
  /** With what it was found by. */
  cosine?: number;
}

/** A picture to be seen whole: data URLs. */
export interface WholePicture {
  source: string;
  /** A grey PNG of the same size: the concept of each pixel. */
  map: string;
}

/** What was looked for in all pictures. */
export interface LookedFor {
  title: string;
  /** A data URL. */
  source: string;
  /** Of its width and height, 0..1. */
  points: readonly (readonly [number, number])[];
  /** The likest segment of each picture, the likest first. */
  cutouts: readonly Cutout[];
}

export interface PageContent {
  /** Of each concept, in the order in which they are shown. */
  cutouts: readonly (readonly Cutout[])[];
  /** By the picture's place in the record; null for those that the page leaves out. */
  wholes: readonly (WholePicture | null)[];
  reference?: LookedFor | undefined;
}

/** Cut-outs of a row; the others are shown on request. */
const IN_ROW = 8;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]);

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** @param total of which these are, all told */
const shelfOf = (cutouts: readonly Cutout[], total: number, { pictures }: ConceptsRecord, { wholes }: PageContent): string => {
  const buttons = cutouts.map(({ source, picture, concept, cosine }, i) => {
    const title = escaped(pictures[picture].path);
    const caption = cosine === undefined ? '' : `<small>${cosine.toFixed(2)}</small>`;
    const state = `${i < IN_ROW ? '' : ' hidden'}${wholes[picture] ? '' : ' disabled'}`;
    return `<button class="cutout" data-of="${concept}" data-picture="${picture}" title="${title}"${state}><img src="${escaped(source)}" alt="${title}" loading="lazy">${caption}</button>`;
  });
  return `<div class="cutouts" data-total="${total}">${buttons.join('')}<button class="more" hidden></button><span class="rest"></span></div>`;
};

const rowOf = (
  { id, name = '', colour, segments, pictures, spread }: ConceptRecord,
  record: ConceptsRecord,
  shown: PageContent,
): string => `<li data-id="${id}">
<label><input type="checkbox" aria-label="Choose concept ${id}"><span class="swatch" style="background:${escaped(colour)}"></span></label>
<div><input class="name" aria-label="Name of concept ${id}" placeholder="Concept ${id}" maxlength="200" value="${escaped(name)}">
<p class="facts">${plural(segments, 'segment')}, ${plural(pictures, 'picture')}, spread ${spread.toFixed(2)}</p></div>
${shelfOf(shown.cutouts[id] ?? [], segments, record, shown)}
</li>`;

/** The row of what was looked for, above the others. */
const referenceRow = ({ title, source, points, cutouts }: LookedFor, record: ConceptsRecord, shown: PageContent): string => {
  const marks = points.map(([x, y]) => `<span class="mark" style="left:${100 * x}%;top:${100 * y}%"></span>`);
  return `<section id="reference" aria-label="Looked for">
<div class="asked"><span><img src="${escaped(source)}" alt="${escaped(title)}">${marks.join('')}</span></div>
<div><h2>Like the marked place</h2><p class="facts">${escaped(title)}; the likest segment of each picture, by its cosine</p></div>
${shelfOf(cutouts, record.pictures.length, record, shown)}
</section>
`;
};

const countsText = ({ pictures, concepts, encoder }: ConceptsRecord): string => {
  const segments = pictures.reduce((sum, picture) => sum + picture.segments.length, 0);
  return `${plural(pictures.length, 'picture')}, ${plural(segments, 'segment')}, <span id="count">${plural(concepts.length, 'concept')}</span> · ${escaped(encoder)}`;
};

/** What the page leaves out so that it stays small enough to be opened. */
const leftOut = ({ pictures }: ConceptsRecord, { cutouts, wholes }: PageContent): string => {
  const segments = pictures.reduce((sum, picture) => sum + picture.segments.length, 0);
  const seen = cutouts.reduce((sum, of) => sum + of.length, 0);
  const whole = wholes.filter(Boolean).length;
  if (seen === segments && whole === pictures.length) return '';
  return `<p id="kept">This page has cut-outs of ${seen} of the ${plural(segments, 'segment')}, and ${whole} of the ${plural(pictures.length, 'picture')} whole.</p>\n`;
};

const json = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

/** The page: no file and no address beside it is ever asked for. */
export const conceptsPage = (record: ConceptsRecord, shown: PageContent): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Concepts</title>
<style>${PAGE_STYLE}
</style>
<header>
<h1>Concepts</h1>
<p>${countsText(record)}</p>
<p id="told" role="status"></p>
<div><button id="undo" disabled>Undo</button><button id="merge" disabled>Merge</button><button id="save">Save JSON</button></div>
</header>
<main>
${shown.reference ? referenceRow(shown.reference, record, shown) : ''}<ol id="concepts">
${record.concepts.map((concept) => rowOf(concept, record, shown)).join('\n')}
</ol>
${leftOut(record, shown)}</main>
<dialog id="whole"><canvas></canvas><form method="dialog"><p></p><button>Close</button></form></dialog>
<script type="application/json" id="record">${json(record)}</script>
<script type="application/json" id="wholes">${json(shown.wholes)}</script>
<script>${PAGE_SCRIPT}</script>
</html>
`;
