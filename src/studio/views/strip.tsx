/** The strip of thumbnails: which picture is on the stage, which are done, which cannot be read. */
import { activate, setDone } from '../state/pictures.ts';
import { proposals } from '../state/proposal.ts';
import { remove } from '../state/removal.ts';
import { active, activeId, type Item, items } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button, Icon } from './parts.tsx';

const Thumb = ({ item }: { item: Item }) => {
  const { id, name, status, problem, thumb, isDone } = item;
  const isOn = activeId.value === id;
  const proposed = proposals.value.get(id)?.length ?? 0;
  const told = [name, isDone ? texts.done : texts.status[status], problem, proposed > 0 && texts.labelling.proposedHere(proposed)]
    .filter(Boolean)
    .join(', ');
  return (
    <li>
      <button
        type="button"
        class="thumb"
        data-status={status}
        aria-current={isOn ? 'true' : undefined}
        aria-label={told}
        title={told}
        onClick={() => void activate(id)}
      >
        {thumb ? <img src={thumb} alt="" /> : <span class="no-thumb">{status === 'failed' ? '!' : '\u2026'}</span>}
        {isDone && (
          <span class="done-mark">
            <Icon name="check" />
          </span>
        )}
        {proposed > 0 && <span class="proposed-mark">{proposed}</span>}
        {status === 'working' && <span class="busy" />}
      </button>
    </li>
  );
};

export const Strip = () => {
  const { value: all } = items;
  const at = all.findIndex(({ id }) => id === activeId.value);
  return (
    <nav class="strip" aria-label={texts.pictures}>
      <div class="strip-head">
        <span>{texts.picturesOf(at + 1, all.length)}</span>
        <Button icon="check" text={texts.markDone} keys="D" pressed={active.value?.isDone === true} onClick={() => setDone(!active.value?.isDone)} />
      </div>
      <ul>
        {all.map((item) => (
          <Thumb key={item.id} item={item} />
        ))}
      </ul>
      <Button class="remove" icon="close" text={texts.remove} onClick={() => activeId.value && void remove(activeId.value)} />
    </nav>
  );
};
