/** Below the stage: what the pointer is on, what is being computed, and where. */

import { walked, wordsOf } from '../state/list.ts';
import { reloadHelps } from '../state/offline.ts';
import { active, engine, hover, mode, progress, regions, selection, tool } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Engine } from '../types.ts';

const engineText = ({ device, threads, isolated }: Engine): string => {
  if (device === 'webgpu') return texts.engine.webgpu;
  const noThreads = reloadHelps.value ? texts.engine.threadsLater : texts.engine.noThreads;
  const why = [texts.engine.noGpu, ...(isolated ? [] : [noThreads])].join('; ');
  return `${texts.engine.wasm(threads)} (${why})`;
};

export const StatusLine = () => {
  const { value: found } = regions;
  const { value: at } = progress;
  const { value: item } = active;
  const lit = found?.rows.find(({ id }) => id === hover.value);
  const left = at
    ? texts.working(texts.stages[at.stage] ?? at.stage)
    : lit
      ? wordsOf(lit)
      : found
        ? [
            texts.regions(found.rows.length),
            ...(selection.value.size > 0 ? [texts.selected(selection.value.size)] : []),
            ...(item?.notes ?? []),
          ].join(' \u00b7 ')
        : item?.status === 'failed'
          ? item.problem
          : '';
  return (
    <div class="status">
      <span class="status-left">{left}</span>
      <span class="unseen" role="status">
        {walked.value}
      </span>
      {mode.value === 'regions' && !at && hover.value === undefined && <span class="status-hint">{texts.toolHints[tool.value]}</span>}
      <span class="status-right">
        {[
          found?.used && texts.computedBy(item?.settings.where === 'computer' ? texts.thisComputer : texts.thisPage, found.used.milliseconds),
          engine.value && engineText(engine.value),
        ]
          .filter(Boolean)
          .join(' \u00b7 ')}
      </span>
      {at && <progress aria-label={texts.working('')} max={at.total} value={at.total > 1 ? at.done : undefined} />}
    </div>
  );
};
