/** Comparing: the picture's own regions are side A, other settings of the same picture are side B. */
import { computed, effect, signal } from '@preact/signals';
import { isVoid } from '../bridge/bridge.ts';
import type { Compared, Frame, Settings } from '../types.ts';
import { bridge, latest, onEvent, tellProblem } from './bridge.ts';
import { isActive } from './pictures.ts';
import { changed, solverOf } from './rules.ts';
import { decided, ownSide, type Side } from './settings.ts';
import { lookNow, viewNow } from './view.ts';
import * as work from './work.ts';

/** Where the divider stands, as a share of the stage's width: A lies to the left of it. */
export const divider = signal(0.5);
export const placeDivider = (share: number): void => {
  divider.value = Number(Math.min(1, Math.max(0, share)).toFixed(4));
};

/** Shares of the width that a key moves it by. */
const STEP = 0.02;
const LEAP = 0.1;
const TO: Readonly<Record<string, (at: number, by: number) => number>> = {
  ArrowLeft: (at, by) => at - by,
  ArrowDown: (at, by) => at - by,
  ArrowRight: (at, by) => at + by,
  ArrowUp: (at, by) => at + by,
  PageDown: (at) => at - LEAP,
  PageUp: (at) => at + LEAP,
  Home: () => 0,
  End: () => 1,
};

/** @returns whether the key is one that moves it */
export const moveDivider = ({ key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>): boolean => {
  const to = TO[key];
  if (to) placeDivider(to(divider.value, shiftKey ? LEAP : STEP));
  return to !== undefined;
};

const isOn = computed(() => work.mode.value === 'compare');

/** B's settings; at first the other solver. They stay while one goes from picture to picture. */
const chosen = signal<Settings | undefined>();
const moving = signal<Settings | undefined>();
effect(() => {
  void work.activeId.value; // of the picture that was on the stage
  moving.value = undefined;
});

const otherSolver = (settings: Settings): Settings => {
  const solver = solverOf(settings, ownSide.used.peek()?.own.solver ?? 'merge') === 'merge' ? 'ncut' : 'merge';
  return changed({ ...settings, price: undefined, tau: undefined }, { solver }).settings;
};

/** What B came to, and for what; undefined until it is there. */
const found = signal<(Compared & { picture: string; settings: Settings }) | undefined>();
export const compared = computed(() => (found.value?.picture === work.activeId.value ? found.value : undefined));
/** Whether what is known of B is not of what was chosen, yet. */
export const isBehind = computed(() => !compared.value || compared.value.settings !== chosen.value);

/** The overlay of B, and what it shows; undefined while a slider moves. */
const drawn = signal<{ id: string; frame: Frame; of: typeof found.value } | undefined>();
export const otherFrame = computed((): Frame | undefined => {
  const { value: last } = drawn;
  return isOn.value && last && last.id === work.activeId.value ? last.frame : undefined;
});

/** Whether what is seen of B is what was chosen. */
export const isDrawn = computed(() => !isBehind.value && otherFrame.value !== undefined && drawn.value?.of === compared.value);

const showOther = (id: string, frame: Frame | undefined, of?: typeof found.value): void => {
  if (!frame) return;
  if (!isActive(id) || !isOn.value) return frame.bitmap.close();
  const { value: last } = drawn;
  last?.frame.bitmap.close();
  drawn.value = { id, frame, of };
};

const drawPreview = latest(async (id: string, settings: Settings): Promise<void> => {
  const { value: view } = viewNow;
  if (view && isActive(id) && moving.value) showOther(id, await bridge.call('previewOther', { id, settings, view, look: lookNow.value }));
});
let previewing: Promise<void> | undefined;

const render = latest(async (): Promise<void> => {
  const { value: view } = viewNow;
  const { value: id } = work.activeId;
  const { value: of } = compared;
  if (view && id && of && isOn.value && !moving.value) showOther(id, await bridge.call('renderOther', { id, view, look: lookNow.value }), of);
});

const compute = async (id: string, settings: Settings): Promise<void> => {
  await previewing; // one that came later would stand over what is computed
  const onProgress = (stage: string, done: number, total: number) => {
    if (isActive(id) && isOn.value) work.progress.value = { stage, done, total };
  };
  try {
    const made = await bridge.call('compareWith', { id, settings }, { key: 'compare', onProgress });
    if (settings === chosen.value) found.value = { ...made, picture: id, settings };
    work.progress.value = undefined;
  } catch (error) {
    tellProblem(error);
    if (isVoid(error)) return;
    work.progress.value = undefined;
    if (settings === chosen.value && compared.value) chosen.value = compared.value.settings; // those of what is seen
  }
};

/** What B is of: anew when its settings, the picture or its own regions are others. */
let asked: readonly unknown[] = [];
effect(() => {
  const { value: regions } = work.regions;
  if (!isOn.value || !regions) return;
  const settings = chosen.value ?? otherSolver(ownSide.settings.peek());
  chosen.value = settings;
  if (moving.value) return;
  const next = [regions.picture, regions.version, settings];
  if (next.every((each, i) => each === asked[i])) return;
  asked = next;
  void compute(regions.picture, settings);
});

let isAsked = false;
effect(() => {
  if (!isOn.value || !viewNow.value || !lookNow.value || !compared.value || isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    void render();
  });
});

onEvent((event) => {
  if (event === 'restarted') asked = []; // B was kept there
});

/** Side B as the controls edit it. */
export const otherSide: Side = {
  name: 'B',
  settings: computed(() => moving.value ?? chosen.value ?? {}),
  used: computed(() => compared.value?.used),
  preview: (changes) => {
    const { value: id } = work.activeId;
    if (!id || !compared.value) return;
    moving.value = changed(otherSide.settings.value, changes).settings;
    previewing = drawPreview(id, moving.value);
  },
  settle: async (changes = {}) => {
    chosen.value = decided(otherSide.settings.value, changes, compared.value?.used.own);
    moving.value = undefined;
  },
};

/** Makes B's settings the picture's own: a step like any other. */
export const takeOther = (): Promise<void> => {
  const { value: settings } = ownSide.settings;
  const none = Object.fromEntries(Object.keys(settings).map((key) => [key, undefined]));
  return ownSide.settle({ ...none, ...otherSide.settings.value });
};
