import { type DatasetRow, IGNORE } from './row.ts';
import { run } from './values.ts';

const NAMES =
  'background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant sheep sofa train tvmonitor';

/** The devkit's names and values (host.robots.ox.ac.uk/pascal/VOC/voc2012): 0 background, 1 to 20, 255 void. */
export const VOC2012: DatasetRow = {
  about: 'PASCAL VOC 2012 segmentation, val; --root VOCdevkit/VOC2012',
  scores: 'classes',
  needs: ['root'],
  takes: [],
  layouts: [
    { images: 'JPEGImages', masks: 'SegmentationClass', list: 'ImageSets/Segmentation/val.txt' },
    // What the paper's code reads: classes from 0 on, background and void both 255. The protocol counts void as background, too.
    { images: 'images/validation', masks: 'annotations_pascal20/validation', values: { to: new Map([...run(0, 19, 1), [255, 0]]) } },
  ],
  classes: { classes: 21, background: 0, ignore: IGNORE, names: NAMES.split(' ') },
};
