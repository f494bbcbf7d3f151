import type { DatasetRow } from './row.ts';

const IMAGE = /\.jpe?g$/i;

/** Berkeley's pictures with the regions that several people drew (Arbelaez et al. 2011), as BSR_bsds500.tgz has them. */
export const BSDS500: DatasetRow = {
  about: 'regions and borders against several annotators; --root BSDS500 (its test pictures), or --images --masks: ID.mat, or ID_*.png',
  scores: 'annotators',
  needs: ['images', 'masks'],
  takes: ['list'],
  below: {
    needs: ['root'],
    takes: ['list'],
    layouts: ['data', '.', 'BSDS500/data', 'BSR/BSDS500/data'].map((data) => ({
      images: `${data}/images/test`,
      masks: `${data}/groundTruth/test`,
      endings: { image: IMAGE, mask: /\.mat$/i },
    })),
  },
};
