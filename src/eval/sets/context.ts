import { type DatasetRow, IGNORE } from './row.ts';
import { run } from './values.ts';

const NAMES = `aeroplane bag bed bedclothes bench bicycle bird boat book bottle building bus cabinet car cat ceiling chair cloth computer cow
cup curtain dog door fence floor flower food grass ground horse keyboard light motorbike mountain mouse person plate platform pottedplant
road rock sheep shelves sidewalk sign sky snow sofa table track train tree truck tvmonitor wall water window wood background`;

const BACKGROUND = 59;

/**
 * The 59 classes that the Detail API (github.com/zhanghang1989/detail-api) makes of PASCAL Context's 459; all others are
 * background. Names and order are those of mmsegmentation's `PascalContextDataset59`, its values those of its converter.
 */
export const CONTEXT: DatasetRow = {
  about: 'PASCAL Context, 59 classes, val; --root pascal_ctx_d2, or VOCdevkit/VOC2010 as mmsegmentation makes it',
  scores: 'classes',
  needs: ['root'],
  takes: [],
  layouts: [
    { images: 'images/validation', masks: 'annotations_ctx59/validation' },
    {
      images: 'JPEGImages',
      masks: 'SegmentationClassContext',
      list: 'ImageSets/SegmentationContext/val.txt',
      values: { to: new Map([[0, 255], ...run(1, 59, 0)]) },
    },
  ],
  classes: {
    classes: 60,
    background: BACKGROUND,
    ignore: IGNORE,
    names: NAMES.split(/\s/),
    values: { to: new Map([...run(0, 58, 0), [255, BACKGROUND]]) },
  },
};
