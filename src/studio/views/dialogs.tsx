/** What opens over the page: one at a time, closed by Escape, its button or a click beside it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import { KEYS } from '../tools/keys.ts';
import { Button } from './parts.tsx';
import { Pickers } from './welcome.tsx';

const close = (): void => {
  dialog.value = undefined;
};

export const Dialog = ({ title, children }: { title: string; children: ComponentChildren }) => {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = ref;
    current?.showModal();
    return () => current?.close();
  }, []);
  return (
    <dialog ref={ref} aria-label={title} onClose={close} onClick={(event) => event.target === ref.current && close()}>
      <div class="dialog">
        <div class="dialog-head">
          <h2>{title}</h2>
          <Button icon="close" text={texts.close} onClick={close} />
        </div>
        {children}
      </div>
    </dialog>
  );
};

const shownKey = (key: string): string => key.replace('Mod+', 'Ctrl+').replace('Arrow', '');

const { gestures } = texts;

const KeyTable = ({ caption, rows }: { caption: string; rows: readonly (readonly [keys: readonly string[], what: string])[] }) => (
  <table class="keys">
    <caption>{caption}</caption>
    <thead class="unseen">
      <tr>
        <th scope="col">{texts.key}</th>
        <th scope="col">{texts.whatItDoes}</th>
      </tr>
    </thead>
    <tbody>
      {rows.map(([keys, what]) => (
        <tr key={keys[0]}>
          <td>
            {keys.map((key) => (
              <kbd key={key}>{shownKey(key)}</kbd>
            ))}
          </td>
          <td>{what}</td>
        </tr>
      ))}
    </tbody>
  </table>
);

const KeySheet = () => (
  <Dialog title={texts.help}>
    <KeyTable caption={gestures.everywhere} rows={KEYS.map(({ keys, what }) => [keys, what])} />
    <KeyTable caption={gestures.onPicture} rows={gestures.walk.map(([key, what]) => [[key], what])} />
    <KeyTable caption={gestures.inList} rows={gestures.list.map(([key, what]) => [[key], what])} />
    <KeyTable caption={gestures.byPointer} rows={gestures.pointer.map(([key, what]) => [[key], what])} />
  </Dialog>
);

const OpenDialog = () => (
  <Dialog title={texts.open}>
    <p>{texts.dropHint}</p>
    <Pickers />
  </Dialog>
);

const DIALOG_VIEWS = { keys: KeySheet, open: OpenDialog } as const;

export const Dialogs = () => {
  const View = DIALOG_VIEWS[dialog.value as keyof typeof DIALOG_VIEWS];
  return View ? <View /> : null;
};
