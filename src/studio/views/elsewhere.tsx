/** In the place of the page while another tab works. */
import { owner, workHere } from '../state/owner.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

export const Elsewhere = () => (
  <main class="welcome elsewhere">
    <h1>{texts.elsewhere.title}</h1>
    <p role="status">{owner.value === 'coming' ? texts.elsewhere.coming : texts.elsewhere.why}</p>
    <Button wide class="primary" text={texts.elsewhere.take} disabled={owner.value === 'coming'} onClick={() => void workHere()} />
  </main>
);
