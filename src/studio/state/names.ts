/** Names of what is written: after the picture, and told apart where two would be the same. */

/** As file systems compare names that know no cases. */
const key = (name: string): string => name.normalize('NFC').toLowerCase();

/** A picture's name without its ending. */
export const stemOf = (name: string): string => name.replace(/(?<=.)\.[^.]*$/, '');

/** A name among those that are taken: `photo`, else `photo (2)` and so on. @param isFree says it of a stem */
const freeStem = (stem: string, isFree: (stem: string) => boolean): string => {
  let free = stem;
  for (let n = 2; !isFree(free); n++) free = `${stem} (${n})`;
  return free;
};

/**
 * How names are given out: each once.
 * @param taken names of what is there and must stay
 */
export const namer = (taken: Iterable<string> = []): ((stem: string, suffixes: readonly string[]) => string) => {
  const names = new Set([...taken].map(key));
  const topOf = (suffix: string): string => suffix.split('/')[0];
  return (stem, suffixes) => {
    const tops = [...new Set(suffixes.map(topOf))];
    const free = freeStem(stem, (one) => tops.every((top) => !names.has(key(one + top))));
    for (const top of tops) names.add(key(free + top));
    return free;
  };
};

/** A name that a file system takes, of a text that somebody typed. */
export const fileName = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no name may have
  text.replace(/[\u0000-\u001f<>:"/\\|?*\u007f]+/g, '_').trim() || 'diffcut';
