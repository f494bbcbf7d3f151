/** The studio's worker: all computing, and all that is kept. */
import { handlers } from './handlers.ts';
import { serve } from './wire.ts';

serve(handlers);
