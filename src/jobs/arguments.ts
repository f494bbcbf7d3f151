/** What a path or an argument is by its text alone. */

/** Endings of pictures that are read. */
const PICTURE = /\.(jpe?g|jfif|jpe|pjpeg|pjp|png|webp|avif|tiff?|gif|bmp|hei[cf])$/i;
export const READ = 'jpg, png, webp, avif, tif, gif, bmp, heic';

/** Endings of what people take for pictures, and of video: not read. */
const UNREAD =
  /\.(jxl|jp2|j2k|jpf|jpx|psd|psb|xcf|svgz?|pdf|eps|ai|ico|dng|cr[23w]|nef|nrw|arw|srf|orf|rw2|raf|pef|srw|raw|3fr|exr|hdr|dds|tga|pcx|p[bgnp]m|dcm|nii|svs|ndpi|czi|mp4|m4v|mov|avi|mkv|webm|wmv|mpe?g)$/i;

export const isPicture = (path: string): boolean => PICTURE.test(path);

/** Whether a path that was listed is a picture's by its ending; counts what only looks like it. */
export const countsAsPicture = (path: string, unread: Map<string, number>): boolean => {
  const ending = UNREAD.exec(path)?.[0].toLowerCase();
  if (ending !== undefined) unread.set(ending, (unread.get(ending) ?? 0) + 1);
  return isPicture(path);
};

export const isAddress = (path: string): boolean => /^https?:\/\//i.test(path);
