/** Label files that were opened: which picture each goes over, and what is taken of them. */
import { answerOffer, type Match, misfitOf, offer, retarget } from '../state/labels.ts';
import { items } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Dialog } from './dialog.tsx';
import { Button } from './parts.tsx';

const { labels: words } = texts;

const Row = ({ match }: { match: Match }) => {
  const name = match.image === undefined || match.image === match.file.name ? match.file.name : `${match.file.name}: ${match.image}`;
  return (
    <label class="match">
      <span>{name}</span>
      <select value={match.target ?? ''} onChange={({ currentTarget }) => retarget(match, currentTarget.value || undefined)}>
        <option value="">{words.leaveOut}</option>
        {items.value.map(({ id, name: picture }) => (
          <option key={id} value={id}>
            {picture}
          </option>
        ))}
      </select>
    </label>
  );
};

export const LabelsDialog = () => {
  const { matches = [], names = [], problems = [], pictures = [] } = offer.value ?? {};
  const misfits = matches.map(misfitOf).filter((sentence) => sentence !== undefined);
  const count = matches.filter((match) => match.target !== undefined && !misfitOf(match)).length;
  return (
    <Dialog title={words.title}>
      <p>{words.question}</p>
      <div class="matches">
        {matches.map((match) => (
          <Row key={`${match.file.name} ${match.image ?? ''}`} match={match} />
        ))}
      </div>
      {names.length > 0 && <p class="help">{words.names(names)}</p>}
      {[...misfits, ...problems].map((problem) => (
        <p class="problem" key={problem}>
          {problem}
        </p>
      ))}
      <div class="actions last">
        <Button text={words.open(count)} wide class="primary" disabled={count === 0} onClick={() => answerOffer('labels')} />
        {names.length > 0 && <Button text={words.onlyNames} wide onClick={() => answerOffer('names')} />}
        {pictures.length > 0 && <Button text={words.asPictures} wide onClick={() => answerOffer('pictures')} />}
        <Button text={texts.exporting.cancel} wide onClick={() => answerOffer(undefined)} />
      </div>
    </Dialog>
  );
};
