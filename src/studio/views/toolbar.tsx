/** The tools, and what the one in hand is set to. */
import { useEffect } from 'preact/hooks';
import { bridge } from '../state/bridge.ts';
import { fitView, zoom } from '../state/view.ts';
import { activeId, mode, radius, regions, snap, TOOLS, tool } from '../state/work.ts';
import { texts } from '../texts.ts';
import { KEYS } from '../tools/keys.ts';
import { canSnap, hasRadius, lightAgain, RADII } from '../tools/stroke.ts';
import { Button } from './parts.tsx';

const keyOf = (what: string): string | undefined => KEYS.find((row) => row.what === what)?.keys[0].toUpperCase();

const Brush = () => (
  <div class="brush">
    <label for="radius">{texts.radius}</label>
    <output for="radius">{texts.labelling.pixels(radius.value)}</output>
    <input
      id="radius"
      type="range"
      min={RADII.least}
      max={RADII.most}
      value={radius.value}
      aria-keyshortcuts=", ."
      onInput={({ currentTarget }) => {
        radius.value = Number(currentTarget.value);
      }}
    />
  </div>
);

/** What strokes snap to is made before the first one: it takes a while. */
const useSnapping = (isOn: boolean): void => {
  const id = activeId.value;
  const isThere = regions.value !== undefined;
  useEffect(() => {
    if (isOn && id && isThere) bridge.call('snapTo', { id }, { key: 'snapTo', priority: 1 }).then(lightAgain, () => {}); // strokes say what is wrong
  }, [isOn, id, isThere]);
};

export const Toolbar = () => {
  const snaps = mode.value === 'regions' && canSnap();
  useSnapping(snaps && snap.value);
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
      {snaps && (
        <div class="tool-options">
          {hasRadius() && <Brush />}
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
      <Button text={texts.zoomOut} icon="minus" keys="-" onClick={() => zoom(0.8)} />
      <Button text={texts.zoomFit} icon="fit" keys="F" onClick={fitView} />
    </div>
  );
};
