/** The socket of the studio: of this machine alone. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { InputError } from '../errors.ts';
import { createStudio, type Studio, type StudioConfig } from './app-node.ts';
import { newToken } from './guard-node.ts';
import { HEADERS } from './policy.ts';

const ADDRESS = '127.0.0.1';

export interface Listening {
  /** The page's address, with the token. */
  url: string;
  port: number;
  /** Ends at once: connections are cut, work is stopped, encoders are closed. */
  close(): Promise<void>;
}

/** @returns the port, which is chosen where 0 was given @throws what the system says */
export const bind = (server: Server, port: number, host = ADDRESS): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Why a port is not ours, in a sentence. */
export const notBound = (port: number, error: NodeJS.ErrnoException): InputError => {
  const known: Record<string, string> = { EACCES: 'may not be used by you', EADDRINUSE: 'is taken' };
  const why = known[error.code ?? ''] ?? `cannot be listened on (${error.message})`;
  return new InputError(`Port ${port} ${why}: choose another with --port`, { code: 'E_OPTION', cause: error });
};

/** The port, or any that is free where another program has it. @throws InputError where it may not be used */
const bindSomewhere = (server: Server, port: number): Promise<number> =>
  bind(server, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') return bind(server, 0);
    throw notBound(port, error);
  });

/** For what is no request: a line or a name that cannot be read. */
export const badRequest = (): Response => new Response('This is no request that can be read\n', { status: 400, headers: HEADERS });

/** Serves the studio until it is closed. @param port where it is to be; 0 for any */
export const listen = async (config: Omit<StudioConfig, 'token' | 'port'>, port: number): Promise<Listening> => {
  let studio: Studio | undefined;
  const listener = getRequestListener((request) => studio?.fetch(request), { overrideGlobalObjects: false, errorHandler: badRequest });
  // A picture waits for its turn unread, for as long as those before it take; what stalls in its turn is given up there.
  const server = createServer({ requestTimeout: 0 }, listener);
  const bound = await bindSomewhere(server, port);
  const token = newToken();
  const serving = createStudio({ ...config, token, port: bound });
  studio = serving;
  return {
    url: `http://${ADDRESS}:${bound}/${token}/`,
    port: bound,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, serving.close()]);
    },
  };
};
