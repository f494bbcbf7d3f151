/** What sees a picture, as a key: what is not chosen is the page's own, so that nothing is encoded twice for being named. Pure. */
import { DEFAULT_ENCODER } from 'diffcut';
import type { Settings } from '../types.ts';

export const eyeOf = ({ encoder = DEFAULT_ENCODER, where = 'page', size }: Settings): string => JSON.stringify([encoder, where, size]);
