/** Files of coherence mode: a map as a picture, and the numbers of all. */
import type { HeatCell } from '../worker/coherence.ts';
import { bridge, tellProblem } from './bridge.ts';
import { cellKey, colormap, nameOf, opacity, query, scale } from './coherence.ts';
import { heats, wanted } from './coherence-draw.ts';
import { download } from './download.ts';

/** A picture's name as files made of it begin. */
const stemOf = (name: string): string => name.replace(/\.[^.]*$/, '').replace(/[/\\:]/g, '-');

/** Saves a map over its picture at full size, as a PNG. */
export const savePicture = async (cell: HeatCell): Promise<void> => {
  const { value: asked } = query;
  if (!asked) return;
  const range = scale.value === 'shared' ? heats.value.get(cellKey(cell.picture, cell.column))?.range : undefined;
  try {
    const blob = await bridge.call('heatPicture', {
      query: asked,
      cell,
      colormap: colormap.value,
      opacity: opacity.value,
      ...(range && { range }),
    });
    download(blob, `${stemOf(nameOf(cell.picture))}.coherence.${cell.column.encoder.replace(/[/\\:]/g, '-')}.png`);
  } catch (error) {
    tellProblem(error);
  }
};

/** Saves what the figure says, as JSON: the query, and each map's range and best match at its picture's full size. */
export const saveNumbers = async (): Promise<void> => {
  const { value: asked } = wanted;
  if (!asked) return;
  const { query: looked, cells: all } = asked;
  try {
    const found = await bridge.call('heatNumbers', { query: looked, cells: all });
    const { at } = looked;
    const record = {
      query: { picture: nameOf(looked.picture), ...('boxXYWH' in at || 'regions' in at ? at : { pointXY: at }) },
      colormap: asked.colormap,
      scale: asked.scale,
      maps: found.map(({ picture, column, ...numbers }) => ({
        picture: nameOf(picture),
        ...column,
        ...numbers,
        colours: heats.value.get(cellKey(picture, column))?.range,
      })),
    };
    download(new Blob([`${JSON.stringify(record, null, 2)}\n`], { type: 'application/json' }), `${stemOf(nameOf(looked.picture))}.coherence.json`);
  } catch (error) {
    tellProblem(error);
  }
};
