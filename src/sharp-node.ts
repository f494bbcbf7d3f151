/** sharp, which is C behind a binary for each system: loaded on first use, which takes a tenth of a second. */
import type Sharp from 'sharp';
import { firstLine, InputError } from './errors.ts';

/** @throws InputError where its binary is not installed for this system */
export const loadSharp = async (): Promise<typeof Sharp> => {
  try {
    return (await import('sharp')).default;
  } catch (error) {
    const reason = firstLine(error).replace(/[.:]$/, '');
    throw new InputError(
      `Pictures cannot be read or written, since sharp does not load here (${reason}): run "npm install --include=optional sharp" on this system`,
      { code: 'E_DEVICE', cause: error },
    );
  }
};
