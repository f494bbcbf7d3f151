/** A line of small pictures below the slider: a granularity is chosen by eye. */
import { useEffect, useRef } from 'preact/hooks';
import { granularityOf, type Way } from '../state/granularity.ts';
import { type Preview, previews, SIDE } from '../state/previews.ts';
import { ownSide } from '../state/settings.ts';
import { texts } from '../texts.ts';

const Small = ({ bitmap }: { bitmap: ImageBitmap }) => {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { current } = ref;
    if (!current) return;
    current.width = bitmap.width;
    current.height = bitmap.height;
    current.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  const by = SIDE / Math.max(bitmap.width, bitmap.height);
  return <canvas ref={ref} style={{ width: `${bitmap.width * by}px`, height: `${bitmap.height * by}px` }} />;
};

const Choice = ({ way, preview: { value, isNow, regions, bitmap } }: { way: Way; preview: Preview }) => {
  const { button, waiting } = texts.previews;
  const told = regions === undefined ? waiting : texts.regions(regions);
  const label = button(texts.settings[way].name.toLowerCase(), String(value), told);
  return (
    <button
      type="button"
      class="preview"
      aria-label={label}
      title={label}
      aria-pressed={isNow}
      onClick={() => void ownSide.settle(granularityOf(way, value))}
    >
      <span class="preview-picture">{bitmap && <Small bitmap={bitmap} />}</span>
      <span class="preview-count">{regions ?? '\u2026'}</span>
    </button>
  );
};

export const Previews = () => {
  const { value: line } = previews;
  if (!line) return null;
  return (
    <ul class="previews" aria-label={texts.previews.line} aria-busy={line.rows.some(({ bitmap }) => !bitmap)}>
      {line.rows.map((preview) => (
        <li key={preview.value}>
          <Choice way={line.way} preview={preview} />
        </li>
      ))}
    </ul>
  );
};
