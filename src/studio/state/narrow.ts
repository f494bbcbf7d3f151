/** Whether the page is as narrow as a telephone: what stands side by side elsewhere is then a tab. */
import { signal } from '@preact/signals';

/** As in style.css. */
const query = matchMedia('(max-width: 760px)');
export const isNarrow = signal(query.matches);
query.addEventListener('change', ({ matches }) => {
  isNarrow.value = matches;
});
