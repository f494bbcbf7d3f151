/** The one lane of `segmentMany` in a page. */
import type { EncoderRow } from '../models/table.ts';
import { type Lanes, lanesHere, type Opening } from './lanes.ts';
import { type SegmentTask, segmentTask, type Told } from './segmenting.ts';

export const usualLanes = (_row: EncoderRow, _device: string | undefined): number => 1;

export const segmentLanes = (_count: number, opening: Opening): Lanes<SegmentTask, Told> => lanesHere(segmentTask, opening);
