/** Beside the stage: granularity, the list of regions, and the settings. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { isNarrow } from '../state/narrow.ts';
import { ownSide } from '../state/settings.ts';
import { tab } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Granularity } from './granularity.tsx';
import { RegionList } from './region-list.tsx';
import { SettingsTab } from './settings.tsx';
import { TreeTab } from './tree-tab.tsx';

/** On a narrow page granularity is a tab like the others; elsewhere it stands above them. */
const TABS = { regions: RegionList, granularity: () => <Granularity side={ownSide} />, tree: TreeTab, settings: SettingsTab } as const;
type Tab = keyof typeof TABS;

const namesNow = (): Tab[] => (Object.keys(TABS) as Tab[]).filter((name) => isNarrow.value || name !== 'granularity');

const walkTabs = (event: KeyboardEvent): void => {
  const names = namesNow();
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  tab.value = names[(names.indexOf(tab.value as Tab) + by + names.length) % names.length];
  document.getElementById(`tab-${tab.value}`)?.focus();
};

export const Panel = () => {
  const names = namesNow();
  const now = names.find((name) => name === tab.value) ?? names[0];
  const Body = TABS[now];
  const panel = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    for (const { current } of [panel, body]) current?.scrollTo(0, 0); // what was scrolled was another tab
  }, [now]);
  return (
    <aside ref={panel} class="panel" aria-label={texts.panel}>
      {!isNarrow.value && <Granularity side={ownSide} />}
      <div class="tabs" role="tablist" aria-label={texts.panel} onKeyDown={walkTabs}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            id={`tab-${name}`}
            role="tab"
            aria-selected={now === name}
            aria-controls="tab-body"
            tabIndex={now === name ? 0 : -1}
            onClick={() => {
              tab.value = name;
            }}
          >
            {texts.tabs[name]}
          </button>
        ))}
      </div>
      <div ref={body} class="tab-body" id="tab-body" role="tabpanel" aria-labelledby={`tab-${now}`}>
        <Body />
      </div>
    </aside>
  );
};
