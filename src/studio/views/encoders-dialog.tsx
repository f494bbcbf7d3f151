/** The encoders that there are, where they compute and what they take; and what this browser keeps. */
import { useEffect, useState } from 'preact/hooks';
import { addEncoder, adding, encoders, pullable, removeEncoder } from '../state/encoders.ts';
import { pickedFiles, pickModel } from '../state/model-folder.ts';
import { canPickFolder } from '../state/open.ts';
import { forgetEverything, measure, usage } from '../state/storage.ts';
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { EncoderChoice } from '../types.ts';
import { Dialog } from './dialog.tsx';
import { Button } from './parts.tsx';

const { encoders: words } = texts;

const Row = ({ name, where, what, licence, note, bytes, isAdded }: EncoderChoice) => (
  <li>
    <div class="encoder-head">
      <strong>{name}</strong>
      <span class="encoder-where">{where === 'page' ? texts.thisPage : texts.thisComputer}</span>
      <span class="encoder-size">{words.size(bytes)}</span>
      {isAdded && <Button text={words.delete} label={words.deleteOf(name)} wide onClick={() => void removeEncoder(name).then(measure)} />}
    </div>
    <p>{what}</p>
    <p class="help">
      {words.licence}: {licence}
      {note && `; ${note}`}
    </p>
  </li>
);

const AddingNow = () => {
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

const add = (picked: Parameters<typeof addEncoder>[0] | undefined): void => {
  if (picked) void addEncoder(picked).then(measure);
};

const AddFolder = () =>
  canPickFolder() ? (
    <Button icon="plus" text={words.add} wide disabled={adding.value !== undefined} onClick={() => void pickModel().then(add)} />
  ) : (
    <label class="button wide">
      <input
        type="file"
        multiple
        {...{ webkitdirectory: true }}
        class="unseen"
        disabled={adding.value !== undefined}
        onChange={({ currentTarget }) => add(pickedFiles(currentTarget.files))}
      />
      <span>{words.add}</span>
    </label>
  );

const Pullable = () =>
  pullable.value.length > 0 ? (
    <details>
      <summary>{words.more(pullable.value.length)}</summary>
      <p class="help">{words.moreHelp}</p>
      <ul class="commands">
        {pullable.value.map((name) => (
          <li key={name}>
            <code>diffcut models pull {name}</code>
          </li>
        ))}
      </ul>
    </details>
  ) : null;

const Forget = () => {
  const [isAsked, setAsked] = useState(false);
  if (!isAsked)
    return (
      <>
        <p class="help">{words.forgetHelp}</p>
        <Button text={words.forget} wide onClick={() => setAsked(true)} />
      </>
    );
  return (
    <div class="sure" role="alertdialog" aria-label={words.forget} aria-describedby="forget-sure">
      <p id="forget-sure">{words.forgetSure}</p>
      <Button text={words.forgetNo} wide onClick={() => setAsked(false)} />
      <Button
        text={words.forgetYes}
        wide
        class="danger"
        onClick={() => {
          setAsked(false);
          dialog.value = undefined;
          void forgetEverything();
        }}
      />
    </div>
  );
};

const Kept = () => {
  const { used, quota, isLasting } = usage.value ?? {};
  const own = encoders.value.reduce((sum, { bytes, isAdded }) => sum + (isAdded ? bytes : 0), 0);
  return (
    <section aria-labelledby="kept-head">
      <h3 id="kept-head">{words.storage}</h3>
      <p>
        {used === undefined || quota === undefined
          ? words.noUsage
          : `${words.usage(used, quota)} ${own > 0 ? words.parts(Math.max(0, used - own), own) : ''}`}
      </p>
      <p class="help">{isLasting ? words.lasting : words.passing}</p>
      <Forget />
    </section>
  );
};

export const EncodersDialog = () => {
  useEffect(() => void measure(), []);
  return (
    <Dialog title={words.title}>
      <ul class="encoders">
        {encoders.value.map((row) => (
          <Row key={`${row.where} ${row.name}`} {...row} />
        ))}
      </ul>
      <Pullable />
      <AddingNow />
      <AddFolder />
      <p class="help">{words.addHelp}</p>
      <Kept />
    </Dialog>
  );
};
