/** A model from a folder of the user's: the button that asks for it, and how far it is. */
import { adding } from '../state/encoders.ts';
import { pickedFiles, pickModel } from '../state/model-folder.ts';
import { canPickFolder } from '../state/open.ts';
import { texts } from '../texts.ts';
import type { Picked } from '../worker/added.ts';
import { Button } from './parts.tsx';

const { encoders: words } = texts;

/** By the dialog of the system; by the plain one in browsers without. */
export const FolderButton = ({ text, onPick }: { text: string; onPick(picked: Picked | undefined): void }) =>
  canPickFolder() ? (
    <Button icon="plus" text={text} wide disabled={adding.value !== undefined} onClick={() => void pickModel().then(onPick)} />
  ) : (
    <label class="button wide">
      <input
        type="file"
        multiple
        {...{ webkitdirectory: true }}
        class="unseen"
        disabled={adding.value !== undefined}
        onChange={({ currentTarget }) => onPick(pickedFiles(currentTarget.files))}
      />
      <span>{text}</span>
    </label>
  );

export const AddingNow = () => {
  const { value: now } = adding;
  if (!now) return null;
  const text = words.adding[now.stage]?.(now.name) ?? now.name;
  return (
    <div class="adding" role="status">
      <span>{text}</span>
      <progress aria-label={text} max={now.total} value={now.stage === 'copy' ? now.done : undefined} />
      <Button text={words.stop} wide onClick={now.stop} />
    </div>
  );
};

/** What `diffcut models pull` would bring onto the computer. */
export const Pullable = ({ names, title }: { names: readonly string[]; title: string }) =>
  names.length > 0 ? (
    <details>
      <summary>{title}</summary>
      <p class="help">{words.moreHelp}</p>
      <ul class="commands">
        {names.map((name) => (
          <li key={name}>
            <code>diffcut models pull {name}</code>
          </li>
        ))}
      </ul>
    </details>
  ) : null;
