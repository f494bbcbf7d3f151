/** Coherence mode: a patch is clicked or dragged, and every picture shows what is like it, a column an encoder. */
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import * as state from '../state/coherence.ts';
import { heats, told } from '../state/coherence-draw.ts';
import { GAP, type Room } from '../state/coherence-layout.ts';
import { savePicture } from '../state/coherence-save.ts';
import { activeId, regions } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Column } from '../worker/coherence.ts';
import type { Point } from '../worker/heat.ts';
import { inNextFrame } from './frame.ts';
import { paintHeat } from './paint-heat.ts';
import { Button } from './parts.tsx';

interface CellProps {
  picture: string;
  column: Column;
  panel: Room;
}

const words = texts.coherence;

/** The pointer on a cell: what it is on is looked for, at once and while it moves. */
const listen = (canvas: HTMLCanvasElement, picture: string): (() => void) => {
  let start: Point | undefined;
  const pointAt = ({ clientX, clientY }: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    const { width, height } = state.covers.value.get(picture) ?? { width: 0, height: 0 };
    return [((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height];
  };
  const isBox = (event: PointerEvent): boolean => state.kind.value === 'box' || event.shiftKey;
  let draws: 'point' | 'box' = 'point';

  const down = (event: PointerEvent): void => {
    if (event.button !== 0 || !event.isPrimary) return;
    const at = pointAt(event);
    if (state.kind.value === 'regions') return void state.askRegion(picture, at, event.shiftKey || event.ctrlKey || event.metaKey ? 'toggle' : 'set');
    canvas.setPointerCapture(event.pointerId);
    draws = isBox(event) ? 'box' : 'point';
    start = at;
    state.hold(picture, at);
  };
  const move = (event: PointerEvent): void => {
    if (!start || !event.isPrimary) return;
    const at = pointAt(event);
    state.ask(picture, draws === 'box' ? { from: start, to: at } : at);
  };
  const end = (): void => {
    start = undefined;
    state.letGo();
  };
  const enter = (event: KeyboardEvent): void => {
    const best = state.columns.value.map((column) => heats.value.get(state.cellKey(picture, column))?.best).find(Boolean);
    if (event.key !== 'Enter' || !best) return;
    event.preventDefault();
    state.ask(picture, [best.x, best.y]);
  };

  const heard = new AbortController();
  const { signal } = heard;
  canvas.addEventListener('pointerdown', down, { signal });
  canvas.addEventListener('pointermove', move, { signal });
  canvas.addEventListener('pointerup', end, { signal });
  canvas.addEventListener('pointercancel', end, { signal });
  canvas.addEventListener('keydown', enter, { signal });
  return () => {
    heard.abort();
    if (start) end();
  };
};

const Heatmap = ({ picture, column, panel }: CellProps) => {
  const ref = useRef<HTMLCanvasElement>(null);
  const { ratio } = state.room.value;
  const [width, height] = [Math.round(panel.width * ratio), Math.round(panel.height * ratio)];
  useEffect(() => listen(ref.current as HTMLCanvasElement, picture), [picture]);
  useEffect(() => {
    const canvas = ref.current as HTMLCanvasElement;
    canvas.width = width;
    canvas.height = height;
    let paint = (): void => {};
    const repaint = inNextFrame(() => paint());
    return effect(() => {
      const cover = state.covers.value.get(picture);
      const heat = heats.value.get(state.cellKey(picture, column));
      const { value: query } = state.query;
      const isQuery = query?.picture === picture;
      if (!cover) return;
      const scene = {
        cover,
        heat: heat?.bitmap,
        opacity: state.opacity.value,
        query: isQuery ? query.at : undefined,
        regions: regions.value?.picture === picture ? regions.value : undefined,
        best: heat && !isQuery ? { x: heat.best.x, y: heat.best.y, text: words.cosine(heat.best.cosine) } : undefined,
        ratio,
      };
      paint = () => paintHeat(canvas, scene);
      repaint();
    });
  }, [picture, column, width, height, ratio]);
  const heat = heats.value.get(state.cellKey(picture, column));
  return (
    <canvas
      ref={ref}
      class="heat"
      style={{ width: `${panel.width}px`, height: `${panel.height}px` }}
      role="application"
      tabIndex={0}
      aria-label={words.map(state.nameOf(picture), column.encoder)}
      data-state={heat ? (heat.isExact ? 'exact' : 'quick') : 'none'}
    />
  );
};

/** The colours, from the lowest cosine to the highest. */
const Bar = ({ low, high, stops }: { low: number; high: number; stops: readonly (readonly number[])[] }) => (
  <span class="heat-bar">
    <span>{words.cosine(low)}</span>
    <span class="heat-colours" style={{ background: `linear-gradient(to right, ${stops.map(([r, g, b]) => `rgb(${r} ${g} ${b})`).join(', ')})` }} />
    <span>{words.cosine(high)}</span>
  </span>
);

const Words = ({ picture, column }: CellProps) => {
  const key = state.cellKey(picture, column);
  const heat = heats.value.get(key);
  const ready = state.readiness.value.get(key);
  if (ready?.state === 'failed') return <p class="heat-problem">{ready.problem}</p>;
  if (!heat) return <p class="help">{words.waiting}…</p>;
  const { range, stops, best } = heat;
  const isQuery = state.query.value?.picture === picture;
  return (
    <p class="heat-words">
      <Bar low={range[0]} high={range[1]} stops={stops} />
      <strong>{isQuery ? words.here : words.matches(words.cosine(best.cosine))}</strong>
    </p>
  );
};

/** With where it computes, where the same one does so elsewhere too. */
const encoderName = ({ encoder, where }: Column): string => {
  const isAlone = state.columns.value.filter((one) => one.encoder === encoder).length === 1;
  return isAlone ? encoder : words.encoderAt(encoder, where === 'computer' ? texts.thisComputer : texts.thisPage);
};

const Cell = (props: CellProps) => {
  const { picture, column, panel } = props;
  const name = state.nameOf(picture);
  const { value: all } = state.columns;
  const [first] = all;
  const ready = state.readiness.value.get(state.cellKey(picture, column));
  const canGo = state.columnKey(column) === state.columnKey(first) && picture !== activeId.value;
  const title = all.length > 1 ? words.cell(name, encoderName(column)) : name;
  return (
    <figure class="heat-cell" style={{ width: `${panel.width}px` }} data-query={state.query.value?.picture === picture}>
      <Heatmap {...props} />
      <figcaption>
        <span class="heat-title">
          <span class="heat-name" title={ready?.state === 'ready' ? `${title}, ${words.tokens(...ready.tokens)}` : title}>
            {title}
          </span>
          <Button icon="export" class="small" text={words.savePicture(title)} onClick={() => void savePicture({ picture, column })} />
          {canGo && <Button icon="close" class="small" text={words.removePicture(name)} onClick={() => state.removeRow(picture)} />}
        </span>
        <Words {...props} />
      </figcaption>
    </figure>
  );
};

/** The strip's other pictures, to stand beside. */
const Chooser = () => {
  const ref = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    ref.current?.removeAttribute('open');
    ref.current?.querySelector('summary')?.focus();
  };
  return (
    <details
      class="chooser"
      ref={ref}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !ref.current?.open) return;
        event.stopPropagation();
        close();
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget && !ref.current?.contains(relatedTarget as Node)) ref.current?.removeAttribute('open');
      }}
    >
      <summary class="button wide">{words.addPicture}</summary>
      <ul>
        {state.others.value.map(({ id, name, thumb }) => (
          <li key={id}>
            <button
              type="button"
              class="button"
              onClick={() => {
                state.addRow(id);
                close();
              }}
            >
              {thumb && <img src={thumb} alt="" />}
              <span>{name}</span>
            </button>
          </li>
        ))}
        {state.others.value.length === 0 && <li class="help">{words.noOthers}</li>}
      </ul>
    </details>
  );
};

const Kinds = () => (
  <div class="modes" role="radiogroup" aria-label={words.kind}>
    {state.KINDS.map((name) => (
      <label key={name}>
        <input type="radio" name="coherence-kind" checked={state.kind.value === name} onChange={() => state.setKind(name)} />
        <span>{words.kinds[name]}</span>
      </label>
    ))}
  </div>
);

export const Coherence = () => {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new ResizeObserver(
      ([
        {
          contentRect: { width, height },
        },
      ]) => {
        state.room.value = { width, height, ratio: Math.min(3, window.devicePixelRatio || 1) };
      },
    );
    observer.observe(ref.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  const { value: laid } = state.layout;
  const { value: columns } = state.columns;
  return (
    <section class="coherence" aria-label={words.maps}>
      <div class="coherence-head">
        <Kinds />
        <Chooser />
        <span class="help">{words.kindHints[state.kind.value]}</span>
      </div>
      <div
        class="heats"
        ref={ref}
        data-scrolls={laid?.fits === false}
        style={{ gridTemplateColumns: `repeat(${laid?.perLine ?? 1}, auto)`, gap: `${GAP}px` }}
      >
        {laid &&
          state.rows.value.flatMap((picture, i) =>
            columns.map((column) => <Cell key={state.cellKey(picture, column)} picture={picture} column={column} panel={laid.panels[i]} />),
          )}
      </div>
      <p class="unseen" aria-live="polite">
        {told.value}
      </p>
    </section>
  );
};
