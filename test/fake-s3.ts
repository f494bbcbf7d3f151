/**
 * S3-compatible storage on the loopback, which misbehaves on order: objects are got, looked at, put (If-Match, If-None-Match) and
 * listed (ListObjectsV2: pages, prefixes, a delimiter, escaped keys), with errors in XML as the real one has them. Addresses are
 * path-style. Whoever signs with another key than `KEY` is refused; the signature itself is not looked at.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const KEY = 'AKIDFAKE';

/** A request as it arrived. */
export interface Request {
  method: string;
  bucket: string;
  /** Empty for the bucket's own. */
  key: string;
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
}

/** What happens in the place of the right answer. */
export interface Misdeed {
  status?: number;
  code?: string;
  /** The connection is cut after so many bytes of the body. */
  cutAfter?: number;
  /** Or stays as it is. */
  stuckAfter?: number;
  /** Nothing is answered. */
  isSilent?: boolean;
  /** Happens before the answer. */
  first?(): void;
}

export interface Stored {
  bytes: Uint8Array;
  etag: string;
  type?: string | undefined;
  mark?: string | undefined;
}

export interface FakeS3 {
  /** What the SDK's own chain is to find: the environment of processes that talk to it. */
  env: Record<string, string>;
  /** All requests so far, as `GET bucket/key`. */
  seen: string[];
  /** By `bucket/key`. */
  objects: Map<string, Stored>;
  put(path: string, bytes: Uint8Array | string, mark?: string): void;
  /** The next request that matches is answered so. */
  order(matches: (request: Request) => boolean, misdeed: Misdeed): void;
  close(): Promise<void>;
}

const CODES: Record<string, [status: number, message: string]> = {
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  NotImplemented: [501, 'A header you provided implies functionality that is not implemented'],
};

const refuse = (response: ServerResponse, method: string, code: string, status = CODES[code][0]): void => {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${CODES[code]?.[1] ?? 'No.'}</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(method === 'HEAD' ? undefined : body);
};

/** As S3 escapes keys of listings. */
const escaped = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');

/** A page of a listing: keys after the last one of the page before, and what a delimiter makes one of. */
const listing = (keys: readonly string[], objects: Map<string, Stored>, { bucket, query }: Request, most: number): string => {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
  const size = Math.min(most, Number(query.get('max-keys') ?? most));
  const entryOf = (key: string): string => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? key : key.slice(0, end + 1);
  };
  const below = [...new Set(keys.filter((key) => key.startsWith(prefix)).map(entryOf))];
  const rest = below.filter((entry) => Buffer.compare(Buffer.from(entry), Buffer.from(after)) > 0);
  const page = rest.slice(0, size);
  const xml = page.map((entry) => {
    const object = objects.get(`${bucket}/${entry}`);
    if (!object) return `<CommonPrefixes><Prefix>${escaped(entry)}</Prefix></CommonPrefixes>`;
    const { etag, bytes } = object;
    return `<Contents><Key>${escaped(entry)}</Key><ETag>${etag.replaceAll('"', '&quot;')}</ETag><Size>${bytes.length}</Size></Contents>`;
  });
  const token = Buffer.from(page.at(-1) ?? '').toString('base64');
  const next = rest.length > page.length ? `<NextContinuationToken>${token}</NextContinuationToken>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${next !== ''}</IsTruncated>${next}${xml.join('')}</ListBucketResult>`;
};

/** Starts one with these buckets; `close` it. @param pageSize keys of a page of a listing, at most */
export const startS3 = async (buckets: readonly string[], pageSize = 1000): Promise<FakeS3> => {
  const objects = new Map<string, Stored>();
  const orders: [matches: (request: Request) => boolean, misdeed: Misdeed][] = [];
  const seen: string[] = [];

  const put: FakeS3['put'] = (path, content, mark) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    objects.set(path, { bytes, etag: `"${createHash('md5').update(bytes).digest('hex')}"`, mark });
  };

  const keysOf = (bucket: string): string[] =>
    [...objects.keys()]
      .filter((path) => path.startsWith(`${bucket}/`))
      .map((path) => path.slice(bucket.length + 1))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

  /** What is done for a key, by method. */
  const METHODS: Record<string, (request: Request, response: ServerResponse, body: Uint8Array, misdeed: Misdeed) => unknown> = {
    PUT({ bucket, key, headers }, response, body) {
      const path = `${bucket}/${key}`;
      if (headers['if-none-match'] === '*' && objects.has(path)) return refuse(response, 'PUT', 'PreconditionFailed');
      put(path, body, headers['x-amz-meta-diffcut'] as string | undefined);
      const stored = objects.get(path) as Stored;
      stored.type = headers['content-type'];
      return response.writeHead(200, { etag: stored.etag }).end();
    },
    GET({ bucket, key, headers, method }, response, _, { cutAfter, stuckAfter }) {
      const found = objects.get(`${bucket}/${key}`);
      if (!found) return refuse(response, method, 'NoSuchKey');
      if (headers['if-match'] !== undefined && headers['if-match'] !== found.etag) return refuse(response, method, 'PreconditionFailed');
      const { bytes, etag, mark } = found;
      response.writeHead(200, { etag, 'content-length': bytes.length, ...(mark !== undefined && { 'x-amz-meta-diffcut': mark }) });
      if (method === 'HEAD') return response.end();
      if (cutAfter !== undefined) return response.write(bytes.subarray(0, cutAfter), () => response.destroy());
      if (stuckAfter === undefined) return response.end(bytes);
      response.flushHeaders();
      return response.write(bytes.subarray(0, stuckAfter));
    },
  };
  METHODS.HEAD = METHODS.GET;

  const answer = (request: Request, response: ServerResponse, body: Uint8Array): unknown => {
    const { method, bucket, key, headers } = request;
    seen.push(`${method} ${bucket}/${key}`);
    const at = orders.findIndex(([matches]) => matches(request));
    const misdeed = at < 0 ? {} : orders.splice(at, 1)[0][1];
    misdeed.first?.();
    if (misdeed.isSilent) return undefined;
    if (misdeed.status !== undefined) return refuse(response, method, misdeed.code ?? 'Unknown', misdeed.status);
    if (!headers.authorization?.includes(`Credential=${KEY}/`)) return refuse(response, method, 'InvalidAccessKeyId');
    if (!buckets.includes(bucket)) return refuse(response, method, 'NoSuchBucket');
    if (key !== '') return METHODS[method](request, response, body, misdeed);
    return response.end(method === 'HEAD' ? undefined : listing(keysOf(bucket), objects, request, pageSize));
  };

  const server = createServer(async (incoming, response) => {
    const [path, search] = (incoming.url ?? '').split('?'); // no URL, which would make something else of keys with dots
    const [, bucket, key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(path)) ?? [];
    const query = new URLSearchParams(search);
    const body: Uint8Array[] = [];
    for await (const piece of incoming) body.push(piece);
    answer({ method: incoming.method ?? '', bucket, key, headers: incoming.headers, query }, response, Buffer.concat(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    env: {
      // by its name: an address of numbers is path-style anyhow
      AWS_ENDPOINT_URL_S3: `http://localhost:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      AWS_PROFILE: '',
      AWS_SESSION_TOKEN: '',
      AWS_MAX_ATTEMPTS: '1',
    },
    seen,
    objects,
    put,
    order: (...order) => void orders.push(order),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
