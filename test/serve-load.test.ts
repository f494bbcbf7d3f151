/** `diffcut serve` as users start it, under load: nothing is lost, memory stays level, and a client that hangs up frees its lane. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadBuilt, ROOT } from './runtimes/built.ts';

const [REQUESTS, CLIENTS] = [200, 16];

const diffcut = await loadBuilt();
const picture = (shade: number): Promise<Uint8Array> =>
  diffcut.encodePng({ data: new Uint8Array(96 * 64 * 3).map((_, i) => (i % 288 < 144 ? 20 : shade)), width: 96, height: 64 });

let server: ChildProcess;
let url = '';
let log = '';
beforeAll(async () => {
  const args = [join(ROOT, 'dist/cli/main.js'), 'serve', '--port', '0', '--json', '--jobs', '2', '--queue', '4', '--size', '64'];
  server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  server.stderr?.on('data', (piece) => {
    log += piece;
  });
  for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
    url = JSON.parse(line).url;
    break;
  }
});
afterAll(() => void server.kill('SIGKILL'));

const post = async (body: Uint8Array, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/segment`, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers: { 'content-type': 'image/png' }, signal });

/** Until it is answered; who is sent away comes again. */
const answered = async (body: Uint8Array): Promise<{ status: number; bytes: Uint8Array; away: number }> => {
  for (let away = 0; ; away++) {
    const response = await post(body);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 429) return { status: response.status, bytes, away };
    expect(response.headers.get('retry-after')).toBe('2');
    await new Promise((resolve) => setTimeout(resolve, 20 + 10 * (away % 7)));
  }
};

/** Of the server and its lanes, bytes. */
const memory = (): number | undefined => {
  try {
    const pids = [server.pid, ...readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ')];
    return pids.reduce<number>((sum, pid) => sum + 1024 * Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]), 0);
  } catch {
    return undefined;
  }
};

it(`answers ${REQUESTS} requests of ${CLIENTS} clients, none lost, each with its own picture's labels`, async () => {
  const shades = [90, 150, 210];
  const bodies = await Promise.all(shades.map(picture));
  const expected = await Promise.all(bodies.map(async (body) => (await answered(body)).bytes));
  const statuses: number[] = [];
  const sizes: number[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < REQUESTS) {
      const at = next++;
      const { status, bytes } = await answered(bodies[at % bodies.length]);
      statuses.push(status);
      expect(Buffer.compare(bytes, expected[at % bodies.length])).toBe(0);
      if (at % 50 === 49) sizes.push(memory() ?? 0);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  expect(statuses).toEqual(Array.from({ length: REQUESTS }, () => 200));
  expect(sizes[3]).toBeLessThanOrEqual(1.3 * sizes[1]); // the encoders' own memory is there from the first picture on
});

it('stops the work of clients that hang up, and goes on', async () => {
  const body = await picture(120);
  for (let round = 0; round < 3; round++) {
    const controller = new AbortController();
    const hanging = Array.from({ length: 4 }, () => post(body, controller.signal).catch(() => 'hung up'));
    await fetch(`${url}/healthz`); // a turn of the server: they are there
    controller.abort();
    await Promise.all(hanging);
  }
  expect((await answered(body)).status).toBe(200);
  const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
  await expect.poll(metrics, { timeout: 60_000 }).toMatch(/^diffcut_requests_inside 0$/m); // the last to be stopped may still be on its way
});

it('lets what is worked on end when it is told to, and then is gone', async () => {
  const last = post(await picture(60));
  while (!/requests_inside 1/.test(await (await fetch(`${url}/metrics`)).text())) if (await Promise.race([last, undefined])) break;
  server.kill('SIGTERM');
  expect((await last).status).toBe(200);
  await last.then((response) => response.arrayBuffer());
  const [code] = await once(server, 'exit');
  expect(code).toBe(0);
  expect(log).not.toMatch(/\n\s+at /);
});
