/** In the place of the page while another tab works. */
import { owner, workHere } from '../state/owner.ts';
import { texts } from '../texts.ts';
import { Button } from './parts.tsx';

const TOLD: Partial<Record<typeof owner.value, string>> = { coming: texts.elsewhere.coming, refused: texts.elsewhere.refused };

export const Elsewhere = () => (
  <main class="welcome elsewhere">
    <h1>{texts.elsewhere.title}</h1>
    <p role="status">{TOLD[owner.value] ?? texts.elsewhere.why}</p>
    <Button wide class="primary" text={texts.elsewhere.take} disabled={owner.value === 'coming'} onClick={() => void workHere()} />
  </main>
);
