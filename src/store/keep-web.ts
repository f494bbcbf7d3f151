/** In the place of keep-node in a page: nothing is kept. */
import type { ByteSource } from '../files/source.ts';
import type { Kept } from './cache-key.ts';

/** SHA-256 of all parts, in hex. */
export const digest = async (parts: readonly (string | Uint8Array)[]): Promise<string> => {
  const encoder = new TextEncoder();
  const chunks = parts.flatMap((part) => [encoder.encode(`${part.length}:`), typeof part === 'string' ? encoder.encode(part) : part]);
  const bytes = new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (b) => b.toString(16).padStart(2, '0')).join('');
};

export const identityOf = async (_sources: readonly ByteSource[]): Promise<string | undefined> => undefined;

export const kept = async (_kind: Kept, _key: string): Promise<Uint8Array | undefined> => undefined;

export const keep = async (_kind: Kept, _key: string, _bytes: Uint8Array): Promise<void> => {};
