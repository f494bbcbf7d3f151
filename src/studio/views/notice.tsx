/** One sentence at a time, also for screen readers. */
import { useEffect } from 'preact/hooks';
import { SENTENCE_STAYS } from '../limits.ts';
import { notice } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

/** Letters that may be more than there is room for. */
const LONG = 150;

/** One that is too long is scrolled, by keys too. */
const Sentence = ({ text, isProblem = false }: { text: string; isProblem?: boolean }) => (
  <p class={isProblem ? 'notice problem' : 'notice'} {...(text.length > LONG && { tabIndex: 0 })}>
    {text}
  </p>
);

export const NoticeBar = () => {
  const { value } = notice;
  useEffect(() => {
    if (!value || value.action || (value.kind === 'problem' && !value.isPassing)) return; // nobody should have to be quick
    const timer = setTimeout(() => {
      if (notice.value === value) notice.value = undefined;
    }, SENTENCE_STAYS);
    return () => clearTimeout(timer);
  }, [value]);
  const close = (): void => {
    notice.value = undefined;
  };
  return (
    <div class="notices">
      <div role="status">{value?.kind === 'said' && <Sentence text={value.text} />}</div>
      <div role="alert">{value?.kind === 'problem' && <Sentence text={value.text} isProblem />}</div>
      {value && (
        <span class="notice-actions">
          {value.action && (
            <Button
              text={value.action.text}
              wide
              onClick={() => {
                value.action?.run();
                close();
              }}
            />
          )}
          <Button icon="close" text={texts.close} onClick={close} />
        </span>
      )}
    </div>
  );
};
