/** The ways a report is written, by the end of a file's name. */
import { extname } from 'node:path';
import { InputError } from '../../toolkit.ts';
import { reportCsv } from './csv.ts';
import { reportMarkdown } from './markdown.ts';
import { reportPage } from './page.ts';
import type { Report } from './report.ts';

interface ReportFormat {
  write(report: Report): string;
  /** Whether it shows pictures, or names them at least. */
  pictures: 'shown' | 'named' | 'none';
}

export const REPORT_FORMATS: Readonly<Record<string, ReportFormat>> = {
  '.html': { write: reportPage, pictures: 'shown' },
  '.md': { write: reportMarkdown, pictures: 'named' },
  '.csv': { write: reportCsv, pictures: 'none' },
};

/** @param path of the file; a terminal has Markdown @throws InputError for another ending */
export const reportFormat = (path: string | undefined): ReportFormat => {
  const ending = path === undefined ? '.md' : extname(path).toLowerCase();
  if (!Object.hasOwn(REPORT_FORMATS, ending))
    throw new InputError(
      `Expected a name that ends in ${Object.keys(REPORT_FORMATS).join(', ')} for the report but received ${JSON.stringify(path)}`,
      {
        code: 'E_OPTION',
      },
    );
  return REPORT_FORMATS[ending];
};
