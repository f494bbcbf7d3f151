/** One sentence at a time, also for screen readers. */
import { useEffect } from 'preact/hooks';
import { notice } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

/** Milliseconds that a sentence without a question stays. */
const STAYS = 6000;

export const NoticeBar = () => {
  const { value } = notice;
  useEffect(() => {
    if (!value || value.kind === 'problem' || value.action) return; // nobody should have to be quick
    const timer = setTimeout(() => {
      if (notice.value === value) notice.value = undefined;
    }, STAYS);
    return () => clearTimeout(timer);
  }, [value]);
  const close = (): void => {
    notice.value = undefined;
  };
  return (
    <div class="notices">
      <div role="status">{value?.kind === 'said' && <p class="notice">{value.text}</p>}</div>
      <div role="alert">{value?.kind === 'problem' && <p class="notice problem">{value.text}</p>}</div>
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
