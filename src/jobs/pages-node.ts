/** Files of several pages as a picture a page. */
import { type Given, openPicture, type READING } from '../toolkit.ts';
import { contentOf, type Failure, type Picture } from './inputs-node.ts';

type Reading = Given<typeof READING>;

/** How many pages or frames a picture's file has. */
const pageCount = async (picture: Picture, reading: Reading, signal: AbortSignal): Promise<number> => {
  const { source } = await openPicture(await contentOf({ ...picture, page: 1 }, reading, signal), { ...reading, signal });
  return source.pages ?? 1;
};

/** Each page as a picture of its own; files of one page as they are. What cannot be opened is a failure. */
export const withAllPages = async (
  pictures: readonly Picture[],
  reading: Reading,
  signal: AbortSignal,
): Promise<{ pictures: Picture[]; failures: Failure[] }> => {
  const failures: Failure[] = [];
  const out: Picture[] = [];
  for (const picture of pictures) {
    try {
      const count = await pageCount(picture, reading, signal);
      out.push(...(count === 1 ? [picture] : Array.from({ length: count }, (_, i) => ({ ...picture, page: i + 1 }))));
    } catch (error) {
      signal.throwIfAborted();
      failures.push({ path: picture.path, error });
    }
  }
  return { pictures: out, failures };
};
