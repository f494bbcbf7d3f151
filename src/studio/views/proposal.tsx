/** Below the stage: regions that are proposed to be of the same class, how alike they must be, and taking them. */
import { DEFAULT_THRESHOLD, dropProposal, proposal, proposals, take, threshold } from '../state/similar.ts';
import { activeId, classes, mode } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

const { labelling } = texts;

export const ProposalBar = () => {
  const { value: now } = proposal;
  if (!now || mode.value !== 'regions') return null;
  const counts = [...proposals.value].map(([picture, { length }]) => ({ picture, length }));
  const here = counts.find(({ picture }) => picture === activeId.value)?.length ?? 0;
  const others = counts.filter(({ picture }) => picture !== activeId.value);
  const elsewhere = others.reduce((sum, { length }) => sum + length, 0);
  const name = classes.value.find(({ id }) => id === now.classId)?.name;
  const reset = (): void => {
    threshold.value = DEFAULT_THRESHOLD;
  };
  return (
    <section
      class="proposal"
      aria-label={labelling.propose}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        void take();
      }}
    >
      <p role="status">
        {labelling.proposals(here, elsewhere, others.length)}
        <span class="help"> {now.left > 0 ? labelling.looking(now.all - now.left + 1, now.all) : labelling.proposalHint}</span>
      </p>
      <label onDblClick={reset}>
        <span>{labelling.alike}</span>
        <input
          type="range"
          min="0.3"
          max="0.95"
          step="0.01"
          value={threshold.value}
          onInput={({ currentTarget }) => {
            threshold.value = Number(currentTarget.value);
          }}
        />
        <output>
          {threshold.value.toFixed(2)}
          {threshold.value === DEFAULT_THRESHOLD && <span class="default"> {texts.byDefault}</span>}
        </output>
      </label>
      <div class="proposal-actions">
        <Button
          icon="check"
          text={name === undefined ? labelling.takeBy : labelling.take(here + elsewhere, name)}
          wide
          class="primary"
          keys="T"
          disabled={name === undefined || here + elsewhere === 0}
          onClick={() => void take()}
        />
        <Button icon="close" text={labelling.drop} wide keys="Escape" onClick={() => dropProposal()} />
      </div>
      {now.left > 0 && <progress aria-label={labelling.looking(now.all - now.left + 1, now.all)} max={now.all} value={now.all - now.left} />}
    </section>
  );
};
