/** The socket of `diffcut serve`, and the lanes behind it. */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { InputError } from '../../errors.ts';
import { type Labelling, sharedLabelling } from '../../jobs/labelling-node.ts';
import { lanesHere, type Opening } from '../../lanes/lanes.ts';
import { isBuilt, openPool, usualCount } from '../../lanes/pool-node.ts';
import { describeEncoder, type Given, type Resolved, type SERVE } from '../../toolkit.ts';
import { badRequest, bind, notBound } from '../listen-node.ts';
import { type Api, type ApiConfig, createApi } from './api-node.ts';
import { type ApiResult, type ApiTask, apiWork } from './work-node.ts';

const ENTRY = new URL('./lane-entry-node.js', import.meta.url);

/** Waiting requests for each picture that is worked on, where nobody says. */
const WAITING = 8;

export interface ServeOptions
  extends Opening,
    Omit<Resolved<typeof SERVE>, 'jobs' | 'queue'>,
    Pick<Given<typeof SERVE>, 'jobs' | 'queue'>,
    Pick<ApiConfig, 'token' | 'labelStudio' | 'log' | 'report'> {
  host: string;
  port: number;
  /** Name or folder of what names segments, where requests may ask for that. */
  namesModel?: string | undefined;
}

export interface Serving {
  url: string;
  port: number;
  /** Pictures at a time. */
  count: number;
  /** Takes no more work (503), lets what is worked on end, then ends. */
  close(): Promise<void>;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|::1)$/i;

/** @throws InputError for a server that would answer anybody without having been told so */
const checkOpen = ({ host, token }: ServeOptions): void => {
  if (LOOPBACK.test(host) || token !== undefined) return;
  throw new InputError(`${host} is reached from other machines: give a token, by --token or DIFFCUT_TOKEN`, { code: 'E_OPTION' });
};

/** The address as it stands in URLs. */
const named = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/**
 * Serves until it is closed.
 * @throws InputError for a port that is not to be had, an encoder that does not open, and a host that needs a token
 */
export const serve = async (options: ServeOptions): Promise<Serving> => {
  checkOpen(options);
  const { host, port, encoder, encoderOptions, namesModel, queue, seconds } = options;
  const row = await describeEncoder(encoder);
  const count = options.jobs ?? usualCount(row, encoderOptions.device);
  const opening = { encoder, encoderOptions };
  const lanes = isBuilt(ENTRY)
    ? openPool<ApiTask, ApiResult>(count, { entry: ENTRY, opening, opened: () => {} })
    : lanesHere<ApiTask, ApiResult>(apiWork, opening);
  const { threads, device } = encoderOptions;
  const names =
    namesModel === undefined ? undefined : sharedLabelling({ model: namesModel, options: { threads, device } as Labelling['options'] }, lanes.count);
  const api: Api = createApi({ ...options, lanes, encoder: row.name, names, queue: queue ?? WAITING * lanes.count });
  const listener = getRequestListener((request) => api.fetch(request), { overrideGlobalObjects: false, errorHandler: badRequest });
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000 }, listener);
  try {
    await api.open();
    const bound = await bind(server, port, host).catch((error) => {
      throw notBound(port, error);
    });
    return {
      url: `http://${named(host)}:${bound}`,
      port: bound,
      count: lanes.count,
      async close() {
        await api.close(seconds * 1000);
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 1000).unref(); // what is still being sent
        await closed;
      },
    };
  } catch (error) {
    await api.close(0);
    throw error;
  }
};
