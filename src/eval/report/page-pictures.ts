/** The pictures of a report's page: where two runs differ most, and the worst and best of each. */
import { list, paragraph, runLink, text } from './page-parts.ts';
import type { ClassKey, Contrast, Gallery, Thumbnails } from './pictures.ts';
import type { Report, ToldRun } from './report.ts';
import { CONTRASTS, contrastedText, contrastLists, contrastsOf, contrastText, GALLERIES, galleryText, percentOf, runText } from './words.ts';

/** What the pictures of a figure are, in their order. */
const SHOWN = ['picture', 'prediction', 'other', 'mask'] as const;

type Names = Partial<Record<(typeof SHOWN)[number], string>>;

const NAMES: Names = { picture: 'picture', prediction: 'predicted', mask: 'mask' };

const keysHtml = (classes: readonly ClassKey[]): string =>
  classes.map(({ name, colour }) => `<span class="key"><i style="background:${text(colour)}"></i>${text(name)}</span>`).join(' ');

/** @param names of what is shown, below each */
const figureHtml = (id: string, says: string, thumbnails: Thumbnails | undefined, names: Names): string => {
  const images = SHOWN.flatMap((key) => {
    const [uri, name] = [thumbnails?.[key], names[key]];
    if (uri === undefined || name === undefined) return [];
    return [`<span><img src="${text(uri)}" alt="${text(`${id}: ${name}`)}"><span class="under">${text(name)}</span></span>`];
  });
  const keys = keysHtml(thumbnails?.classes ?? []);
  return `<li><figure><div>${images.join('')}</div><figcaption>${text(`${id}: ${says}`)}${keys && `<br>${keys}`}</figcaption></figure></li>`;
};

const listHtml = (words: string, figures: readonly string[]): string =>
  figures.length === 0 ? '' : `<p class="soft">${text(words)}</p><ul class="gallery">${figures.join('\n')}</ul>`;

const ABOUT = [
  'Of class sets the centre square that is scored. What was predicted is shown as it is scored, at 128 x 128 and with the borders of --refine, each segment in the colour of the class that the matching gave it to; light grey: to none that it shares a pixel with.',
  'In a mask grey is no label. Black is the background, in both. Against annotators the mask is of the first, and a segment has the colour of the region with which it shares most pixels, each region once.',
  'A prediction is there where the run kept it with --save, or was given it.',
];

const contrastHtml = (runs: readonly ToldRun[], contrast: Contrast): string => {
  const { run, from, notes } = contrast;
  const names = { ...NAMES, prediction: runText(runs, run), other: runText(runs, from) };
  return [
    `<h3>${text(contrastText(runs, contrast))}</h3>`,
    list(notes),
    ...contrastLists(runs, contrast).map(([words, all]) =>
      listHtml(
        words,
        all.map((one) => figureHtml(one.id, contrastedText(one), one.thumbnails, names)),
      ),
    ),
  ].join('\n');
};

export const contrastsHtml = (report: Report): string => {
  const all = contrastsOf(report);
  return all.length === 0
    ? ''
    : [`<h2>${text(CONTRASTS)}</h2>`, ...ABOUT.map(paragraph), ...all.map((contrast) => contrastHtml(report.runs, contrast))].join('\n');
};

const galleryHtml = (runs: readonly ToldRun[], gallery: Gallery): string => {
  const { run, worst, best, notes } = gallery;
  const lists = [
    ['Worst', worst],
    ['Best', best],
  ] as const;
  return [
    `<h3>${runLink(run)}, ${text(galleryText(runs, gallery))}</h3>`,
    list(notes),
    ...lists.map(([words, all]) =>
      listHtml(
        words,
        all.map(({ id, score, thumbnails }) => figureHtml(id, percentOf(score), thumbnails, NAMES)),
      ),
    ),
  ].join('\n');
};

export const galleriesHtml = (report: Report): string => {
  const { galleries, runs } = report;
  if (galleries.length === 0) return '';
  const about = contrastsOf(report).length > 0 ? [] : ABOUT.map(paragraph); // once in the page
  return [`<h2>${text(GALLERIES)}</h2>`, ...about, ...galleries.map((gallery) => galleryHtml(runs, gallery))].join('\n');
};
