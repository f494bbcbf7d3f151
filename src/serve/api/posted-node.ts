/** The picture that a request posts: raw bytes, or the one file of a form, whose other fields are options as those of the query are. */
import { readUpTo } from '../body-node.ts';
import { Refusal } from '../refusal-node.ts';

/** Bytes of a body, and seconds that all of it may take. */
export interface BodyLimits {
  maxBytes: number;
  seconds: number;
}

export interface Posted {
  source: Uint8Array;
  name?: string;
  /** Of the query and the form. */
  given: URLSearchParams;
}

/** Letters of a file's name that are told again. */
const LONGEST_NAME = 200;

/** What bytes are called; the last is what `curl --data-binary` calls any. */
const RAW = /^(image\/[\w.+-]+|application\/(octet-stream|x-www-form-urlencoded))?$/;

const typeOf = ({ headers }: Request): string => (headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();

/** @throws Refusal: 413, 408, 400 for a body that is none */
const formOf = async (request: Request, bytes: Uint8Array): Promise<FormData> => {
  try {
    const headers = { 'content-type': request.headers.get('content-type') ?? '' };
    return await new Response(bytes as Uint8Array<ArrayBuffer>, { headers }).formData();
  } catch {
    throw new Refusal(400, 'The form cannot be read: post it as multipart/form-data');
  }
};

/** @throws Refusal: 415 for another kind of body, 413, 408, 400 */
export const readPosted = async (request: Request, { maxBytes, seconds }: BodyLimits): Promise<Posted> => {
  const given = new URLSearchParams(new URL(request.url).searchParams);
  const type = typeOf(request);
  const isForm = type === 'multipart/form-data';
  if (!isForm && !RAW.test(type))
    throw new Refusal(415, `A body of ${JSON.stringify(type.slice(0, 100))} is not taken: post the bytes of a picture, or a form with its file`);
  const bytes = await readUpTo(request, maxBytes, seconds * 1000);
  if (!isForm) return { source: checkSome(bytes), given };
  const files: File[] = [];
  for (const [name, value] of await formOf(request, bytes)) {
    if (typeof value === 'string') given.append(name, value);
    else files.push(value);
  }
  if (files.length !== 1) throw new Refusal(400, `The form has ${files.length} files: post one picture a request`);
  const name = files[0].name.split(/[\\/]/).pop()?.slice(0, LONGEST_NAME);
  return { source: checkSome(new Uint8Array(await files[0].arrayBuffer())), given, ...(name && { name }) };
};

const checkSome = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length === 0) throw new Refusal(400, "The body is empty: post the bytes of a picture's file");
  return bytes;
};

/** The object of a JSON body. @throws Refusal: 415, 413, 408, 400 */
export const readJson = async (
  request: Request,
  { maxBytes, seconds }: BodyLimits,
  parse: (text: string) => unknown,
): Promise<Record<string, unknown>> => {
  if (typeOf(request) !== 'application/json') throw new Refusal(415, 'JSON is wanted: content-type application/json');
  const bytes = await readUpTo(request, maxBytes, seconds * 1000);
  try {
    const value = parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new Refusal(400, 'The body is no JSON object');
};
