// A Redis of one's own, for tests and measurements: on a free port, in a folder of its own, with a log that outlasts its end.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether there is one to start. Without it these tests are skipped. */
export const HAS_REDIS = spawnSync('redis-server', ['--version']).status === 0;

/** Below those that systems give to connections: one of them could take the port while the server is away. */
const freePort = async () => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
};

const PASSWORD = 'geheim';

/** What it answers to a command, after the password; undefined where it is not there. */
const ask = async (port, command) => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`AUTH ${PASSWORD}\r\n${command}\r\n`);
    const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return /^\+OK\r\n\+(.*)\r\n$/.exec(String(answer))?.[1];
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
};

export const startRedis = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'diffcut-redis-'));
  const port = await freePort();
  let server;
  const start = async () => {
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', PASSWORD, '--dir', folder, '--appendonly', 'yes', '--save', ''];
    server = spawn('redis-server', options, { stdio: 'ignore' });
    while ((await ask(port, 'PING')) !== 'PONG') {
      if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}: port ${port} may be taken`);
      await delay(50); // it may be loading
    }
  };
  const kill = async () => {
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  await start();
  return {
    password: PASSWORD,
    url: `redis://:${PASSWORD}@127.0.0.1:${port}`,
    start,
    kill,
    /** Changes a setting. */
    set: (name, value) => ask(port, `CONFIG SET ${name} ${value}`),
    async end() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
