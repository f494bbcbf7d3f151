/** The page before there is a picture. */
import { ACCEPT, ACCEPT_WORK, canPickFolder, openList, openSamples, openWork, pickFolder } from '../state/open.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

export const Pickers = () => (
  <div class="pickers">
    <label class="button wide primary">
      <input type="file" multiple accept={ACCEPT} class="unseen" onChange={({ currentTarget }) => openList(currentTarget.files)} />
      <span>{texts.open}</span>
    </label>
    {canPickFolder() ? (
      <Button icon="open" text={texts.openFolder} wide onClick={() => void pickFolder()} />
    ) : (
      <label class="button wide">
        <input type="file" multiple {...{ webkitdirectory: true }} class="unseen" onChange={({ currentTarget }) => openList(currentTarget.files)} />
        <span>{texts.openFolder}</span>
      </label>
    )}
    <label class="button wide">
      <input type="file" multiple accept={ACCEPT_WORK} class="unseen" onChange={({ currentTarget }) => openWork(currentTarget.files)} />
      <span>{texts.project.open}</span>
    </label>
    <Button text={texts.samples} wide onClick={() => void openSamples()} />
  </div>
);

export const Welcome = () => (
  <section class="welcome">
    <h2>{texts.drop}</h2>
    <p>{texts.dropHint}</p>
    <Pickers />
  </section>
);
