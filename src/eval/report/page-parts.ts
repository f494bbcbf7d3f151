/** What all parts of a report's page are made of. */
import { escapedXml, printable } from '../../toolkit.ts';
import { runMark } from './words.ts';

/** Every text that stands in the page comes by here, in elements and attributes alike. */
export const text = (plain: string): string => escapedXml(printable(plain));

export const paragraph = (plain: string): string => `<p class="soft">${text(plain)}</p>`;

export const list = (items: readonly string[]): string =>
  items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${text(item)}</li>`).join('')}</ul>`;

export const runLink = (run: number): string => `<a href="#run-${run + 1}">${text(runMark(run))}</a>`;

export const small = (html: string): string => (html === '' ? '' : `<span class="interval">${html}</span>`);
