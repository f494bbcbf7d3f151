/** The frame of what opens over the page: closed by Escape, its button or a click beside it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import { NoticeBar } from './notice.tsx';
import { Button } from './parts.tsx';

const close = (): void => {
  dialog.value = undefined;
};

export const Dialog = ({ title, children }: { title: string; children: ComponentChildren }) => {
  const ref = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  useEffect(() => {
    const { current } = ref;
    const before = document.activeElement as HTMLElement | null;
    current?.showModal();
    current?.querySelector('button')?.focus(); // not what scrolls around it
    return () => {
      isGone.current = true; // another dialog may be in its place when it says that it is closed
      current?.close();
      // back to where it was, once the dialog is gone, unless something else took it
      requestAnimationFrame(() => document.activeElement === document.body && before?.focus());
    };
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault(); // else the next key comes before it says that it is closed, and is taken for the dialog's
        close();
      }}
      onClose={() => !isGone.current && close()}
      onClick={(event) => event.target === ref.current && close()}
    >
      <div class="dialog">
        <div class="dialog-head">
          <h2>{title}</h2>
          <Button icon="close" text={texts.close} onClick={close} />
        </div>
        {children}
      </div>
      <NoticeBar />
    </dialog>
  );
};
