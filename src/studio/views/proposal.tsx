/** Below the stage: what is proposed for regions, how sure it must be, and taking it. */
import { dropProposal, LEAST, type Proposal, proposal, proposals, take } from '../state/proposal.ts';
import { activeId, classes, mode } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

const { labelling, naming } = texts;

/** What is said of what is proposed, by what proposes it. */
const WORDS = {
  similar: { title: labelling.propose, count: labelling.proposals, hint: labelling.proposalHint, least: labelling.alike, shown: naming.cosine },
  names: { title: naming.title, count: naming.proposals, hint: naming.hint, least: naming.least, shown: naming.percent },
} as const;

/** How far it is: the words that are read before, then the pictures. */
const lookingOf = ({ left, all, before }: Proposal): { text: string; done: number; total: number } =>
  before
    ? { text: naming.reading(before.done, before.total), ...before }
    : { text: labelling.looking(all - left + 1, all), done: all - left, total: all };

const Least = ({ by }: Pick<Proposal, 'by'>) => {
  const { now, byDefault, from, to } = LEAST[by];
  const { least, shown } = WORDS[by];
  const set = (value: number): void => {
    now.value = value;
  };
  return (
    <label onDblClick={() => set(byDefault)}>
      <span>{least}</span>
      <input
        type="range"
        min={from}
        max={to}
        step="0.01"
        value={now.value}
        aria-valuetext={shown(now.value)}
        onInput={({ currentTarget }) => set(Number(currentTarget.value))}
      />
      <output>
        {shown(now.value)}
        {now.value === byDefault && <span class="default"> {texts.byDefault}</span>}
      </output>
    </label>
  );
};

/** @param n how many would be named */
const Take = ({ now, n }: { now: Proposal; n: number }) => {
  const name = classes.value.find(({ id }) => id === now.classId)?.name;
  const isOpen = now.by === 'similar' && name === undefined;
  const text = now.by === 'names' ? naming.take(n) : name === undefined ? labelling.takeBy : labelling.take(n, name);
  return <Button icon="check" text={text} wide class="primary" keys="T" disabled={isOpen || n === 0} onClick={() => void take()} />;
};

export const ProposalBar = () => {
  const { value: now } = proposal;
  if (!now || mode.value !== 'regions') return null;
  const { title, count, hint } = WORDS[now.by];
  const counts = [...proposals.value].map(([picture, { length }]) => ({ picture, length }));
  const here = counts.find(({ picture }) => picture === activeId.value)?.length ?? 0;
  const others = counts.filter(({ picture }) => picture !== activeId.value);
  const elsewhere = others.reduce((sum, { length }) => sum + length, 0);
  const looking = now.left > 0 ? lookingOf(now) : undefined;
  return (
    <section
      class="proposal"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.target instanceof HTMLButtonElement) return;
        event.preventDefault();
        void take();
      }}
    >
      <p role="status">
        {count(here, elsewhere, others.length)}
        <span class="help"> {looking?.text ?? hint}</span>
      </p>
      <Least by={now.by} />
      <div class="proposal-actions">
        <Take now={now} n={here + elsewhere} />
        <Button icon="close" text={labelling.drop} wide keys="Escape" onClick={() => dropProposal()} />
      </div>
      {looking && <progress aria-label={looking.text} max={looking.total} value={looking.done} />}
    </section>
  );
};
