/** What is answered in the place of what was asked for. */
import { type ErrorCode, InputError } from '../errors.ts';

/** An InputError with an HTTP status of its own. */
export class Refusal extends InputError {
  readonly status: number;
  constructor(status: number, sentence: string, code: ErrorCode = 'E_INPUT') {
    super(sentence, { code });
    this.status = status;
  }
}

/** Those that have no 400. */
const STATUS: Partial<Record<ErrorCode, number>> = { E_FILE: 404, E_MODEL: 404 };

const UNFORESEEN = 'Something went wrong that nobody foresaw: the terminal that diffcut studio runs in says what';

/** The status and the plain text of an error, and its code where the caller can mend it. Of what nobody foresaw nothing is told. */
export const answerOf = (error: unknown, statuses = STATUS, unforeseen = UNFORESEEN): { status: number; error: string; code?: ErrorCode } => {
  if (!(error instanceof InputError)) return { status: 500, error: unforeseen };
  return { status: error instanceof Refusal ? error.status : (statuses[error.code] ?? 400), error: error.message, code: error.code };
};

/** The reason of all that is stopped when the server ends. */
export const ended = (what = 'diffcut studio'): Refusal => new Refusal(503, `${what} has ended: start it again`);
