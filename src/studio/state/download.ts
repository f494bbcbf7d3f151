/** What leaves the page: files that are saved, and what goes to the clipboard. */
import { texts } from '../texts.ts';
import { say, tellProblem } from './bridge.ts';

/** Milliseconds after which a browser has surely begun to save. */
const BEGUN = 60_000;

/** Saves a file as browsers do: where downloads go. */
export const download = (blob: Blob, name: string): void => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), BEGUN);
};

const copied = async (write: (clipboard: Clipboard) => Promise<void>, what: string): Promise<void> => {
  try {
    if (!navigator.clipboard) throw new Error(texts.copying.none);
    await write(navigator.clipboard);
    say(texts.copying.done(what));
  } catch (error) {
    // browsers give reasons that nobody understands
    tellProblem((error as Error).name === 'NotAllowedError' ? new Error(texts.copying.refused) : error);
  }
};

export const copyText = (text: string, what: string): Promise<void> => copied((clipboard) => clipboard.writeText(text), what);

/** @param picture a PNG that may still be under way: the browser asks for the clipboard at once */
export const copyPicture = (picture: Promise<Blob>, what: string): Promise<void> =>
  copied((clipboard) => clipboard.write([new ClipboardItem({ 'image/png': picture })]), what);
