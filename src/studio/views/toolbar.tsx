/** The tools, and what the one in hand is set to. */

import { fitView, zoom } from '../state/view.ts';
import { mode, radius, snap, TOOLS, tool } from '../state/work.ts';
import { texts } from '../texts.ts';
import { KEYS } from '../tools/keys.ts';
import { Button } from './parts.tsx';

const keyOf = (what: string): string | undefined => KEYS.find((row) => row.what === what)?.keys[0].toUpperCase();

const Brush = () => (
  <div class="brush">
    <label>
      <span>{texts.radius}</span>
      <input
        type="range"
        min="2"
        max="200"
        value={radius.value}
        onInput={({ currentTarget }) => {
          radius.value = Number(currentTarget.value);
        }}
      />
    </label>
  </div>
);

export const Toolbar = () => {
  const hasRadius = tool.value === 'brush' || tool.value === 'eraser';
  const snaps = hasRadius || tool.value === 'lasso';
  return (
    <div class="toolbar" role="toolbar" aria-label={texts.toolbar} aria-orientation="vertical">
      {mode.value === 'regions' &&
        TOOLS.map((name) => (
          <Button
            key={name}
            icon={name}
            text={texts.tools[name]}
            keys={keyOf(texts.tools[name])}
            pressed={tool.value === name}
            onClick={() => {
              tool.value = name;
            }}
          />
        ))}
      {mode.value === 'regions' && snaps && (
        <div class="tool-options">
          {hasRadius && <Brush />}
          <label class="check">
            <input
              type="checkbox"
              checked={snap.value}
              onChange={({ currentTarget }) => {
                snap.value = currentTarget.checked;
              }}
            />
            <span>{texts.snap}</span>
          </label>
        </div>
      )}
      <span class="space" />
      <Button text={texts.zoomIn} icon="plus" keys="+" onClick={() => zoom(1.25)} />
      <Button text={texts.zoomFit} icon="pan" keys="F" onClick={fitView} />
    </div>
  );
};
