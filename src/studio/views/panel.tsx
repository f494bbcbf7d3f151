/** Beside the stage: granularity, the list of regions, and the settings. */
import { signal } from '@preact/signals';
import { ownSide } from '../state/settings.ts';
import { texts } from '../texts.ts';
import { Granularity } from './granularity.tsx';
import { RegionList } from './region-list.tsx';
import { SettingsTab } from './settings.tsx';
import { TreeTab } from './tree-tab.tsx';

const TABS = { regions: RegionList, tree: TreeTab, settings: SettingsTab } as const;
type Tab = keyof typeof TABS;
const tab = signal<Tab>('regions');

const walkTabs = (event: KeyboardEvent): void => {
  const names = Object.keys(TABS) as Tab[];
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  tab.value = names[(names.indexOf(tab.value) + by + names.length) % names.length];
  document.getElementById(`tab-${tab.value}`)?.focus();
};

export const Panel = () => {
  const Body = TABS[tab.value];
  return (
    <aside class="panel" aria-label={texts.panel}>
      <Granularity side={ownSide} />
      <div class="tabs" role="tablist" onKeyDown={walkTabs}>
        {(Object.keys(TABS) as Tab[]).map((name) => (
          <button
            key={name}
            type="button"
            id={`tab-${name}`}
            role="tab"
            aria-selected={tab.value === name}
            aria-controls="tab-body"
            tabIndex={tab.value === name ? 0 : -1}
            onClick={() => {
              tab.value = name;
            }}
          >
            {texts.tabs[name]}
          </button>
        ))}
      </div>
      <div class="tab-body" id="tab-body" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
        <Body />
      </div>
    </aside>
  );
};
