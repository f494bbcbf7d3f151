/** The models that there are, where they compute and what they take; and what this browser keeps. */
import { useEffect, useState } from 'preact/hooks';
import { addEncoder, encoders, namers, pullable, removeModel } from '../state/encoders.ts';
import { forgetEverything, measure, usage } from '../state/storage.ts';
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { ModelChoice } from '../types.ts';
import { AddingNow, FolderButton, Pullable } from './add-model.tsx';
import { Dialog } from './dialog.tsx';
import { Button } from './parts.tsx';

const { encoders: words } = texts;

const Row = ({ model }: { model: ModelChoice }) => {
  const { name, where, what, licence, note, bytes, isAdded } = model;
  return (
    <li>
      <div class="encoder-head">
        <strong>{name}</strong>
        <span class="encoder-where">{where === 'page' ? texts.thisPage : texts.thisComputer}</span>
        <span class="encoder-size">{words.size(bytes)}</span>
        {isAdded && <Button text={words.delete} label={words.deleteOf(name)} wide onClick={() => void removeModel(model).then(measure)} />}
      </div>
      <p>{what}</p>
      <p class="help">
        {words.licence}: {licence}
        {note && `; ${note}`}
      </p>
    </li>
  );
};

const add = (picked: Parameters<typeof addEncoder>[0] | undefined): void => {
  if (picked) void addEncoder(picked).then(measure);
};

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
  const own = [...encoders.value, ...namers.value].reduce((sum, { bytes, isAdded }) => sum + (isAdded ? bytes : 0), 0);
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
        {[...encoders.value, ...namers.value].map((row) => (
          <Row key={`${row.where} ${row.name}`} model={row} />
        ))}
      </ul>
      <Pullable names={pullable.value} title={words.more(pullable.value.length)} />
      <AddingNow />
      <FolderButton text={words.add} onPick={add} />
      <p class="help">{words.addHelp}</p>
      <Kept />
    </Dialog>
  );
};
