/**
 * Objects on S3-compatible storage, by the AWS SDK's client, which whoever wants them installs beside (22 MB). Region, credentials
 * and endpoint are what its own chain finds: environment, profiles, roles.
 */
import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { expected, InputError } from '../errors.ts';
import { READING } from '../options/segment.ts';
import { joined, upTo } from '../tensor/bytes.ts';
import { type Limits, patience, tooLarge, WHOLE } from './download.ts';
import { causeOf, networkError } from './sentences.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** What two states of an object are told apart by. */
export interface Version {
  bytes: number;
  etag: string;
}

/** An object of a listing. */
export interface Listed {
  /** `s3://bucket/key`, the key as it is: nothing in it is escaped. */
  path: string;
  version: Version;
}

/** By its beginning, as it is written everywhere: no folder of that name is meant. */
export const isS3 = (path: string): boolean => path.startsWith('s3://');

/** Bucket and key as the SDK takes them. @throws InputError for what names no bucket */
const placeOf = (path: string): { Bucket: string; Key: string } => {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(path) ?? [];
  if (bucket === undefined) throw expected('s3://bucket/key or s3://bucket/prefix/', 'the object', path);
  return { Bucket: bucket, Key: key };
};

/** What was to be done with an object, in words. */
type Done = 'read' | 'listed' | 'written';

const denied = (done: Done): string => `may not be ${done} with these credentials: check them and what they permit`;

/** Why a request failed and what to do, by the service's word for it. */
const REASONS: Record<string, (done: Done) => string> = {
  NoSuchKey: () => 'does not exist: check bucket and key; all below a prefix is s3://bucket/prefix/',
  NoSuchBucket: () => 'is in a bucket that does not exist: check its name, and the endpoint',
  InvalidBucketName: () => 'is in a bucket of an impossible name: check it',
  AccessDenied: denied,
  InvalidAccessKeyId: denied,
  SignatureDoesNotMatch: denied,
  ExpiredToken: () => 'was asked for with credentials that have expired: renew them',
  CredentialsProviderError: () => 'wants credentials, and there are none: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  PermanentRedirect: () => 'is in a bucket of another region: set AWS_REGION to that',
  AuthorizationHeaderMalformed: () => 'is in a bucket of another region: set AWS_REGION to that',
  PreconditionFailed: () => 'was replaced since it was looked at: run the same command again',
  SlowDown: (done) => `could not be ${done}, since the server is asked for too much at once: try again later, or with fewer --jobs`,
  TimeoutError: (done) => `could not be ${done}, since the server did not answer in time: check the endpoint and the network`,
  KeyTooLongError: () => 'has a key that is too long: choose a shorter one',
  NotImplemented: (done) => `could not be ${done}: the server does not support what it was asked`,
};

/** The same by the status, of answers that have no words. */
const STATUSES: Record<number, keyof typeof REASONS> = {
  301: 'PermanentRedirect',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
  501: 'NotImplemented',
  503: 'SlowDown',
};

const statusOf = (error: unknown): number => (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;

/** The sentence for whatever the SDK throws. */
const refusal = (path: string, done: Done, error: unknown): InputError => {
  if (error instanceof InputError) return error;
  const { name, message } = error as Error;
  const reason = Object.hasOwn(REASONS, name) ? REASONS[name] : REASONS[STATUSES[statusOf(error)]];
  const noRegion = message === 'Region is missing' && 'wants a region, and there is none: set AWS_REGION, us-east-1 for most servers of your own';
  const why = reason?.(done) ?? (noRegion || `could not be ${done} (${causeOf(error)}): check the endpoint and the network, or try again`);
  return networkError(`${JSON.stringify(path)} ${why}`, error);
};

interface Connection {
  sdk: Sdk;
  client: S3Client;
}

/** @param timeout seconds of silence */
const connect = async (timeout: number): Promise<Connection> => {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'; // eight lines a process, which nobody asked for
  const sdk = await import('@aws-sdk/client-s3').catch((error: unknown) => {
    throw new InputError('What begins with s3:// is read and written by the AWS SDK: npm install @aws-sdk/client-s3', { cause: error });
  });
  const socketTimeout = 2 * timeout * 1000; // the patience of a download ends before, and says why
  const client = new sdk.S3Client({ requestHandler: { connectionTimeout: timeout * 1000, socketTimeout } });
  // few servers but Amazon's have a host name for each bucket
  client.config.forcePathStyle = (await client.config.serviceConfiguredEndpoint?.()) !== undefined;
  return { sdk, client };
};

const connections = new Map<number, Promise<Connection>>();

const connection = (timeout: number): Promise<Connection> => {
  const open = connections.get(timeout) ?? connect(timeout);
  connections.set(timeout, open);
  return open;
};

/** Has requests made. @throws InputError with one sentence, by the path; the signal's reason once it is aborted */
const ask = async <T>(
  path: string,
  done: Done,
  signal: AbortSignal | undefined,
  requests: (connection: Connection) => Promise<T>,
  timeout = READING.timeout.default,
): Promise<T> => {
  try {
    signal?.throwIfAborted();
    return await requests(await connection(timeout));
  } catch (error) {
    signal?.throwIfAborted();
    throw refusal(path, done, error);
  }
};

/** A stream's pieces. @param heard called for each */
const hearing = async function* (stream: Readable, heard: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) {
    heard();
    yield piece;
  }
};

/**
 * All of an object, within the limits of a download.
 * @param version the state that is meant; any where not given
 * @throws InputError with one sentence, also where it has another state now
 */
export const readObject = async (
  path: string,
  { maxBytes, timeout, signal }: Omit<Limits, 'allowPrivate'>,
  version?: Version,
): Promise<Uint8Array> => {
  const name = JSON.stringify(path);
  const wait = patience(name, timeout, timeout * WHOLE, signal);
  const get = async ({ sdk, client }: Connection): Promise<Uint8Array> => {
    const asked = { ...placeOf(path), ...(version?.etag && { IfMatch: version.etag }) };
    const { Body, ContentLength = 0 } = await client.send(new sdk.GetObjectCommand(asked), { abortSignal: wait.signal });
    wait.heard();
    if (ContentLength > maxBytes) throw tooLarge(name, maxBytes);
    return joined(upTo(hearing(Body as Readable, wait.heard), maxBytes, () => tooLarge(name, maxBytes)));
  };
  try {
    return await ask(path, 'read', wait.signal, get, timeout);
  } finally {
    wait.end();
  }
};

/** The name of our metadata: what an object of ours was made from, and how. */
const MARK = 'diffcut';

/** What is at a path, and our mark where it is ours; undefined where nothing is. */
export const headObject = (path: string, signal?: AbortSignal): Promise<(Version & { mark?: string }) | undefined> =>
  ask(path, 'read', signal, async ({ sdk, client }) => {
    const answer = await client.send(new sdk.HeadObjectCommand(placeOf(path)), { abortSignal: signal }).catch((error: unknown) => {
      if (statusOf(error) !== 404) throw error;
    });
    if (!answer) return undefined;
    const mark = answer.Metadata?.[MARK];
    return { bytes: answer.ContentLength ?? 0, etag: answer.ETag ?? '', ...(mark !== undefined && { mark }) };
  });

/** @throws InputError where the bucket of a path is not to be had */
export const checkBucket = (path: string, done: Done, signal?: AbortSignal): Promise<void> =>
  ask(path, done, signal, async ({ sdk, client }) => {
    const { Bucket } = placeOf(path);
    await client.send(new sdk.HeadBucketCommand({ Bucket }), { abortSignal: signal }).catch((error: Error) => {
      throw statusOf(error) === 404 ? Object.assign(error, { name: 'NoSuchBucket' }) : error;
    });
  });

/** @throws InputError that says whether the key or all of its bucket is missing */
export const existingObject = async (path: string, signal?: AbortSignal): Promise<Version> => {
  const there = await headObject(path, signal);
  if (there) return { bytes: there.bytes, etag: there.etag };
  await checkBucket(path, 'read', signal);
  throw networkError(`${JSON.stringify(path)} ${REASONS.NoSuchKey('read')}`);
};

/** A listing's keys come escaped, since XML does not hold every letter. */
const unescaped = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));

/**
 * The objects below a prefix, page by page, in the order of their keys; what stands for a folder itself is none.
 * @param folder ends in a slash
 */
export const listObjects = async function* (
  folder: string,
  { recursive = true, pageSize, signal }: { recursive?: boolean; pageSize?: number; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Listed> {
  try {
    const { sdk, client } = await connection(READING.timeout.default);
    const { Bucket, Key: Prefix } = placeOf(folder);
    const asked = { Bucket, Prefix, EncodingType: 'url', ...(!recursive && { Delimiter: '/' }) } as const;
    const pages = sdk.paginateListObjectsV2({ client, ...(pageSize !== undefined && { pageSize }) }, asked, { abortSignal: signal });
    for await (const { Contents = [], EncodingType } of pages) {
      for (const { Key = '', Size = 0, ETag = '' } of Contents) {
        const key = EncodingType === 'url' ? unescaped(Key) : Key;
        if (!key.endsWith('/')) yield { path: `s3://${Bucket}/${key}`, version: { bytes: Size, etag: ETag } };
      }
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw refusal(folder, 'listed', error);
  }
};

/** An object whose place was taken: when it came, or while it was on its way. */
const TAKEN = [412, 409];

export interface Put {
  mark: string;
  /** Its kind, for browsers. */
  type: string;
  /** Nothing may be there. */
  isNew: boolean;
  signal: AbortSignal;
}

/** Puts an object, whole or not at all. @returns false where it was to be new and something is there */
export const putObject = (path: string, bytes: Uint8Array, { mark, type, isNew, signal }: Put): Promise<boolean> =>
  ask(path, 'written', signal, async ({ sdk, client }) => {
    const object = { ...placeOf(path), Body: bytes, ContentType: type, Metadata: { [MARK]: mark }, ...(isNew && { IfNoneMatch: '*' }) };
    try {
      await client.send(new sdk.PutObjectCommand(object), { abortSignal: signal });
      return true;
    } catch (error) {
      if (isNew && TAKEN.includes(statusOf(error))) return false;
      throw error;
    }
  });
