/** One frame of the stage: picture, overlay, names, and what the tool is drawing. */
import type { Shown, Tool } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { Point } from '../tools/tool.ts';
import type { ClassRow, Frame, RegionRow, Regions, ScoredRow } from '../types.ts';

export interface Scene {
  shown: Shown | undefined;
  frame: Frame | undefined;
  view: { x: number; y: number; scale: number };
  stage: { width: number; height: number; ratio: number };
  /** Whose names are written. */
  regions: Regions | undefined;
  classes: readonly ClassRow[];
  /** What is proposed, by region. */
  proposed: ReadonlyMap<number, ScoredRow>;
  trail: readonly Point[];
  /** What the stroke would take. */
  touched: Frame | undefined;
  /** Whether strokes hold to edges. */
  snaps: boolean;
  tool: Tool;
  /** Of the brush, pixels of the picture. */
  radius: number;
  cursor: Point | undefined;
  /** What the picture is compared with: from this share of the stage's width on. */
  other: { frame: Frame | undefined; from: number } | undefined;
}

type Context = CanvasRenderingContext2D;

/** The level that is shrunk by less than two, or enlarged. */
const drawPicture = (context: Context, { levels, width, height }: Shown, { view: { x, y, scale }, stage }: Scene): void => {
  const level = Math.max(0, Math.min(levels.length - 1, Math.floor(Math.log2(1 / scale))));
  const bitmap = levels[level];
  const by = bitmap.width / width;
  // only what lies on the stage
  const left = Math.max(0, Math.floor(x * by));
  const top = Math.max(0, Math.floor(y * (bitmap.height / height)));
  const right = Math.min(bitmap.width, Math.ceil((x + stage.width / scale) * by));
  const bottom = Math.min(bitmap.height, Math.ceil((y + stage.height / scale) * (bitmap.height / height)));
  if (right <= left || bottom <= top) return;
  const [sx, sy] = [(scale * width) / bitmap.width, (scale * height) / bitmap.height];
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(
    bitmap,
    left,
    top,
    right - left,
    bottom - top,
    left * sx - x * scale,
    top * sy - y * scale,
    (right - left) * sx,
    (bottom - top) * sy,
  );
};

/** The overlay lies where its own view was; while the picture moves it moves along until the next one is there. */
const drawFrame = (context: Context, { bitmap, view: own }: Frame, { view }: Pick<Scene, 'view'>): void => {
  const by = view.scale / own.scale;
  context.imageSmoothingEnabled = by !== 1;
  context.drawImage(bitmap, (own.x - view.x) * view.scale, (own.y - view.y) * view.scale, own.width * by, own.height * by);
};

/** One side of the divider each. */
const drawSides = (context: Context, own: Frame | undefined, { frame, from }: NonNullable<Scene['other']>, scene: Scene): void => {
  const { width, height } = scene.stage;
  const middle = Math.round(from * width);
  for (const [side, left, right] of [
    [own, 0, middle],
    [frame, middle, width],
  ] as const) {
    if (!side || right <= left) continue;
    context.save();
    context.beginPath();
    context.rect(left, 0, right - left, height);
    context.clip();
    drawFrame(context, side, scene);
    context.restore();
  }
};

/** Letters of a name that are written onto the picture. */
const MOST_LETTERS = 32;
const cutName = (name: string): string => {
  const letters = [...name];
  return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1).join('')}\u2026` : name;
};

/** Written onto the picture: what somebody named, and guesses, which are slanted and say how sure they are. */
const writtenOf = ({ rows }: Regions, { classes, proposed }: Scene): { text: string; label: RegionRow['label']; isGuess: boolean }[] => {
  const own: ReturnType<typeof writtenOf> = [];
  const guesses: typeof own = [];
  for (const { id, label, name, classId, hidden } of rows) {
    const given = name ?? classes.find((row) => row.id === classId)?.name;
    const guess = proposed.get(id);
    if (hidden) continue;
    if (given) own.push({ text: cutName(given), label, isGuess: false });
    else if (guess?.name) guesses.push({ text: texts.naming.guess(cutName(guess.name), guess.score), label, isGuess: true });
  }
  return [...own, ...guesses];
};

/** Pixels of the page. */
const LETTERS = 13;

const drawNames = (context: Context, regions: Regions, scene: Scene): void => {
  const { view, stage } = scene;
  const { ratio } = stage;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineWidth = 3 * ratio;
  context.strokeStyle = 'rgb(0 0 0 / 0.8)';
  context.fillStyle = '#fff';
  const written: { x: number; y: number; half: number }[] = [];
  for (const { text, label, isGuess } of writtenOf(regions, scene)) {
    const [x, y] = [(label[0] + 0.5 - view.x) * view.scale, (label[1] + 0.5 - view.y) * view.scale];
    if (x < 0 || y < 0 || x > stage.width || y > stage.height) continue;
    context.font = `${isGuess ? 'italic ' : ''}600 ${LETTERS * ratio}px system-ui, sans-serif`;
    const half = context.measureText(text).width / 2;
    const isTaken = written.some((other) => Math.abs(other.y - y) < 1.1 * LETTERS * ratio && Math.abs(other.x - x) < other.half + half);
    if (isGuess && isTaken) continue; // the list has it, and nearer there is room
    written.push({ x, y, half });
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
};

const drawTrail = (context: Context, { trail, tool, radius, cursor, snaps, view: { x, y, scale }, stage: { ratio } }: Scene): void => {
  const isBrush = tool === 'brush' || tool === 'eraser';
  const path = (): void => {
    context.beginPath();
    for (const [px, py] of trail) context.lineTo((px - x) * scale, (py - y) * scale);
    if (trail.length === 1) context.lineTo((trail[0][0] - x) * scale + 0.01, (trail[0][1] - y) * scale);
  };
  context.lineCap = context.lineJoin = 'round';
  if (trail.length > 0) {
    path();
    if (isBrush) {
      // where it snaps, what it would take is lit instead
      const opacity = snaps ? 0.15 : 0.5;
      context.strokeStyle = tool === 'brush' ? `rgb(255 214 10 / ${opacity})` : `rgb(0 0 0 / ${opacity})`;
      context.lineWidth = Math.max(1, 2 * radius * scale);
      context.stroke();
    } else {
      if (tool === 'lasso') {
        context.fillStyle = 'rgb(255 214 10 / 0.15)';
        context.fill('evenodd');
        context.closePath();
      }
      context.strokeStyle = '#000';
      context.lineWidth = 4 * ratio;
      context.stroke();
      context.strokeStyle = '#ffd60a';
      context.lineWidth = 2 * ratio;
      context.stroke();
    }
  }
  if (!isBrush || !cursor) return;
  context.beginPath();
  context.arc((cursor[0] - x) * scale, (cursor[1] - y) * scale, Math.max(1, radius * scale), 0, 2 * Math.PI);
  context.strokeStyle = '#000';
  context.lineWidth = 3 * ratio;
  context.stroke();
  context.strokeStyle = '#fff';
  context.lineWidth = 1.5 * ratio;
  context.stroke();
};

export const paintStage = (canvas: HTMLCanvasElement, scene: Scene): void => {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!scene.shown) return;
  drawPicture(context, scene.shown, scene);
  if (scene.other) drawSides(context, scene.frame, scene.other, scene);
  else if (scene.frame) drawFrame(context, scene.frame, scene);
  if (scene.regions) drawNames(context, scene.regions, scene);
  if (scene.touched) drawFrame(context, scene.touched, scene);
  drawTrail(context, scene);
};
