/** What the program that served the page computes. */
import { InputError } from 'diffcut';
import { BASE } from './engine.ts';

/** Posts bytes to it. @param query what is not given is left out @throws InputError with its sentence */
export const askProgram = async (
  call: string,
  query: Readonly<Record<string, string | number | undefined>>,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<Response> => {
  const url = new URL(`api/${call}`, BASE);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  const response = await fetch(url, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, signal }).catch((error) => {
    if (signal.aborted) throw error;
    throw new InputError('The program that served this page does not answer: start "diffcut studio" again', { code: 'E_NETWORK' });
  });
  if (response.ok) return response;
  const { error = `The program answered ${response.status}`, code } = await response.json().catch(() => ({}));
  throw new InputError(error, { code: code ?? 'E_NETWORK' });
};
