/**
 * Pictures through a queue, and a Redis of the test's own. Workers are of the build, which starts their processes: in this one, or as
 * child processes where they end by signals or work beside others.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, vi } from 'vitest';
import { HAS_REDIS, startRedis } from '../../scripts/own-redis.mjs';
import { unpackClip } from '../../test/clips.ts';
import { startS3 } from '../../test/fake-s3.ts';
import { runBy, runCli } from '../../test/run-cli.ts';
import { encodePng } from '../toolkit.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PROGRAM = new URL('../../dist/cli/program.js', import.meta.url).href;
const SMALL = ['--size', '64'];
/** A worker that ends with the queue, and waits for nothing longer than it must; the second kind for no other worker either. */
const SWIFT = ['--until-empty', '--jobs', '1', '--backoff', '0'];
const SOON = [...SWIFT, '--take-over', '1'];
let folder = '';
const at = (...parts: string[]): string => join(folder, ...parts);

const children = new Set<ChildProcess>();
const start = (...args: string[]) => {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder });
  children.add(child);
  const told = { out: '', err: '' };
  child.stdout.on('data', (bytes) => (told.out += bytes));
  child.stderr.on('data', (bytes) => (told.err += bytes));
  onTestFailed(() => console.error([args.join(' '), told.out, told.err].join('\n'))); // one that ran out of time has not said it
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) => child.on('close', (code) => done({ code, ...told })));
  /** Resolves when standard error matches. */
  const says = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): unknown => pattern.test(told.err) && resolve();
      child.stderr.on('data', look);
      child.on('close', () => reject(new Error(`ended without ${pattern}: ${told.err}`)));
      look();
    });
  return { child, told, ended, says };
};

let picture: Uint8Array;
beforeAll(async () => {
  if (!existsSync(CLI)) throw new Error('dist/cli/main.js is missing: run "npm run build" first ("npm test" does)');
  folder = mkdtempSync(join(tmpdir(), 'diffcut queue ä '));
  picture = await encodePng({ data: new Uint8Array(40 * 30 * 3).map((_, i) => (i % 120 < 60 ? 30 : 200)), width: 40, height: 30 });
  mkdirSync(at('in', 'more'), { recursive: true });
  for (const name of ['a.png', 'b.png', 'more/c.png']) writeFileSync(at('in', name), picture);
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL'); // of a test that failed
  rmSync(folder, { recursive: true, force: true });
});

describe('without Redis', () => {
  const GONE = 'redis://someone:secret@127.0.0.1:1';

  it.each([['queue'], ['work'], ['enqueue', 'in', '-o', 'none']])(
    '%s tells within seconds that it is not reached, and no password',
    async (...args) => {
      const { code, err, out } = await runCli(...args, '--queue', GONE);
      const sentence = /^diffcut: The queue diffcut at redis:\/\/127\.0\.0\.1:1 is not reached \(ECONN\w+\): start Redis there/;
      expect({ code, err, out }).toEqual({ code: 1, err: expect.stringMatching(sentence), out: '' });
      expect(err).not.toMatch(/secret|someone/);
      expect(existsSync('none')).toBe(false);
    },
  );

  it.each([
    [['queue', '--queue', 'http://u:secret@host'], /an address of Redis: give redis:/],
    [['work', '--queue', 'redis://u:secret@host/0?nam=x'], /has its name alone/],
    [['queue', 'foo', '--queue', GONE], /Unknown command of queue "foo"/],
    [['work', '--take-over', '0', '--queue', GONE], /from 1 to 3600/],
    [['enqueue', '-', '-o', 'none', '--queue', GONE], /Standard input is of this machine alone/],
    [['enqueue', 'in', '--queue', GONE], /-o, --output <folder>/],
    [['enqueue', 'in', '-o', 'none.png', '--queue', GONE], /is one file: give a folder/],
    [
      ['enqueue', 'in', '--recursive', '-o', 'none', '--format', 'labels,coco', '--queue', GONE],
      /coco is of all pictures .* diffcut convert none --recursive --to coco makes it/,
    ],
    [['enqueue', 'in', '-o', 'none', '--min-score', '0.5', '--queue', GONE], /--min-score is of names/],
    [['enqueue', 'in', '-o', 'none', '--classes', 'cat', '--names-model', 'tinyclip-9m', '--queue', GONE], /did you mean "tinyclip-8m"/],
    [['enqueue', 'in', '-o', 'none', '--noise', 'n.npy', '--queue', GONE], /--noise seed:N is the same on all/],
    [['queue'], /'--queue <url>' not specified/],
  ])('%j is wrong usage', async (args, sentence) => {
    const { code, err } = await runCli(...args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(sentence) });
    expect(err).not.toMatch(/secret/);
  });
});

describe.skipIf(!HAS_REDIS)('a queue', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());

  /** Commands of a queue of this name: all but workers in this process. */
  const queueOf = (name: string) => {
    const url = `${redis.url}/0?name=${name}`;
    const run = (...args: string[]) => runCli(...args, '--queue', url);
    return {
      run,
      work: (...args: string[]) => start('work', ...args, '--queue', url),
      workHere: async (...args: string[]) => runBy((await import(PROGRAM)).run, ['work', ...args, '--queue', url]),
      enqueue: (pictures: string[], output: string, ...args: string[]) =>
        run('enqueue', ...pictures.map((path) => (path.includes(':') ? path : at(path))), '-o', at(output), ...SMALL, ...args),
      status: async () => JSON.parse((await run('queue', 'status', '--json')).out),
    };
  };

  /** All files below a folder by name; of JSON what is the same whenever it was made. */
  const filesOf = (name: string): Record<string, string> => {
    const names = readdirSync(at(name), { recursive: true, encoding: 'utf8' }).filter((file) => /\.(png|json)$/.test(file));
    return Object.fromEntries(
      names.sort().map((file) => {
        const bytes = readFileSync(at(name, file));
        return [file, file.endsWith('.json') ? JSON.stringify({ ...JSON.parse(String(bytes)), timings: {} }) : bytes.toString('base64')];
      }),
    );
  };

  /** A server of one picture: each request for it waits until it is let go. */
  const slowServer = async () => {
    const requests: ServerResponse[] = [];
    let came = (): void => {};
    const server = createServer((_, response) => {
      requests.push(response);
      came();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/slow.png`,
      /** Until this many were asked for. */
      async asked(count: number): Promise<void> {
        while (requests.length < count) await new Promise<void>((done) => (came = done));
      },
      letGo: (): void => void requests.at(-1)?.end(picture),
      end(): void {
        server.closeAllConnections();
        server.close();
      },
    };
  };
  const PRIVATE = ['--allow-private', '--timeout', '600'];

  it('gives what a batch on one machine gives, once, by workers of several options', async () => {
    const { enqueue, work, workHere, status } = queueOf('same');
    const formats = ['--format', 'labels,masks,json', '--recursive'];
    const one = await runCli('segment', at('in'), '-o', at('one'), ...SMALL, ...formats, '--quiet');
    expect(one).toEqual({ code: 0, out: '', err: '' });

    expect((await enqueue(['in'], 'many', ...formats)).err).toMatch(/^3 pictures added to same at redis:\/\/127\.0\.0\.1:\d+\/0\n$/);
    const again = await enqueue(['in'], 'many', ...formats, '--json');
    expect(again.err).toMatch(/^0 pictures added to .*; 3 there already\n$/);
    expect(again.out.match(/"queued":"there"/g)).toHaveLength(3);
    await enqueue(['in/a.png'], 'larger', '--size', '96');
    expect(await status()).toMatchObject({ waiting: 4, running: 0, done: 0, setAside: 0, failed: [] });

    const workers = await Promise.all([work(...SWIFT).ended, work(...SWIFT, '--json').ended]);
    expect(workers.map(({ code }) => code)).toEqual([0, 0]);
    expect(filesOf('many')).toEqual(filesOf('one'));
    expect(existsSync(at('larger', 'a.png'))).toBe(true);
    expect(await status()).toMatchObject({ waiting: 0, running: 0, done: 4, setAside: 0, rate: expect.any(Number), eta: 0 });
    expect(workers.map(({ err, out }) => err + out).join('')).not.toMatch(redis.password);

    expect(await enqueue(['in'], 'many', ...formats)).toMatchObject({ code: 1, err: expect.stringMatching(/a\.png" exists: .*--resume/) }); // as segment has it
    expect((await enqueue(['in'], 'many', ...formats, '--resume')).err).toMatch(/^3 pictures skipped: finished before\n0 pictures added/);
    rmSync(at('many', 'b.png'));
    expect((await enqueue(['in'], 'many', ...formats, '--resume')).err).toMatch(/^1 picture added/m);
    await workHere(...SWIFT);
    expect(filesOf('many')).toEqual(filesOf('one'));
  });

  it('has names travel, and loses nothing to a worker without what gives them', async () => {
    vi.stubEnv('DIFFCUT_CACHE', at('cache'));
    const names = ['--classes', 'cat,dog,sofa', '--min-score', '0.34', '--device', 'cpu', '--names-model', unpackClip('plain-vit', folder)];
    const { enqueue, workHere, status } = queueOf('names');
    expect(await runCli('segment', at('in'), '-o', at('named alone'), ...SMALL, ...names, '--quiet')).toEqual({ code: 0, out: '', err: '' });
    expect(await enqueue(['in'], 'named', ...names)).toMatchObject({ code: 0 });
    expect(await workHere(...SWIFT)).toMatchObject({ code: 0 });
    expect(filesOf('named')).toEqual(filesOf('named alone'));
    expect(JSON.parse(readFileSync(at('named', 'a.json'), 'utf8')).segments[0]).toHaveProperty('name');
    expect(await enqueue(['in'], 'nameless', '--classes', 'cat')).toMatchObject({ code: 0 });
    const { code, err } = await workHere('--jobs', '1');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/tinyclip-8m is not on this machine: get it with/) });
    expect(await status()).toMatchObject({ waiting: 2, setAside: 0, failed: [] });
    vi.unstubAllEnvs();
  });

  it('sets a broken picture aside after three tries, with its sentence, and takes it back', async () => {
    const { run, enqueue, workHere, status } = queueOf('broken');
    writeFileSync(at('broken.png'), picture.subarray(0, 60));
    await enqueue(['broken.png', 'in/a.png'], 'mended');
    const { code, err } = await workHere(...SWIFT);
    expect(code).toBe(1);
    expect(err.match(/broken\.png" is truncated.*; it is tried again$/gm)).toHaveLength(2);
    expect(err).toMatch(/^diffcut: .*broken\.png" is truncated.*; it is set aside$/m);
    expect(err).toMatch(/^1 picture done; 1 set aside$/m);
    const failed = [{ path: at('broken.png'), error: expect.stringMatching(/is truncated/), tries: 3 }];
    expect(await status()).toMatchObject({ waiting: 0, delayed: 0, done: 1, setAside: 1, failed });
    expect((await run('queue')).out).toMatch(/1 done, 1 set aside\n(.*\n)? {2}".*broken\.png" is truncated/);
    expect((await enqueue(['broken.png'], 'mended')).err).toMatch(/0 pictures added.*; 1 set aside before: "diffcut queue retry"/);

    expect((await run('queue', 'retry', 'other.png')).err).toMatch(/other\.png" is not among the pictures that were set aside/);
    writeFileSync(at('broken.png'), picture);
    expect((await run('queue', 'retry', at('broken.png'))).out).toBe('1 picture put back\n');
    expect((await workHere(...SWIFT)).code).toBe(0);
    expect(await status()).toMatchObject({ done: 2, setAside: 0, failed: [] });
    expect(existsSync(at('mended', 'broken.png'))).toBe(true);
  });

  it('has nothing done twice that is finished when it is taken, and nothing replaced that is not ours', async () => {
    const { enqueue, workHere, status } = queueOf('twice');
    await enqueue(['in/a.png', 'in/b.png'], 'twice', '--format', 'labels');
    await runCli('segment', at('in', 'a.png'), '-o', at('twice'), ...SMALL, '--format', 'labels');
    writeFileSync(at('twice', 'b.png'), 'mine');
    const { code, err } = await workHere(...SWIFT);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(
        /a\.png: finished before\n(.*\n)*.*b\.png" exists.*; it is set aside\n(.*\n)*0 pictures done; 1 finished before; 1 set aside\n$/,
      ),
    });
    expect(readFileSync(at('twice', 'b.png'), 'utf8')).toBe('mine');
    expect(await status()).toMatchObject({ done: 1, setAside: 1 });
  });

  it('is drained of what waits', async () => {
    const { run, enqueue, workHere, status } = queueOf('drained');
    await enqueue(['in'], 'drained');
    expect((await run('queue', 'drain', '--json')).out).toBe('{"removed":2}\n');
    expect(await status()).toMatchObject({ waiting: 0, running: 0, done: 0 });
    expect((await workHere(...SWIFT)).code).toBe(0);
    expect(readdirSync(at('drained'))).toEqual([]);
  });

  it('has another worker take over what a killed one was at', async () => {
    const { enqueue, work, status } = queueOf('killed');
    const server = await slowServer();
    await enqueue([server.url], 'taken', ...PRIVATE);
    const first = work(...SOON);
    await server.asked(1);
    expect(await status()).toMatchObject({ waiting: 0, running: 1 });
    first.child.kill('SIGKILL');
    const second = work(...SOON);
    await server.asked(2);
    server.letGo();
    expect((await second.ended).code).toBe(0);
    expect(readdirSync(at('taken')).filter((name) => !name.startsWith('.'))).toEqual(['slow.json', 'slow.overlay.jpg', 'slow.png']);
    server.end();
  });

  it('sets a picture aside that three workers died of, and the others are done', async () => {
    const { run, enqueue, work, workHere, status } = queueOf('poison');
    const server = await slowServer();
    await enqueue([server.url, 'in/a.png'], 'poison', ...PRIVATE);
    for (let death = 1; death <= 3; death++) {
      const { child, ended } = work(...SOON);
      await server.asked(death);
      child.kill('SIGKILL');
      await ended;
    }
    const { code, err } = await workHere(...SOON);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/slow\.png: 3 workers ended while they worked on it, .*; it is set aside/) });
    expect(await status()).toMatchObject({
      done: 1,
      setAside: 1,
      failed: [{ path: server.url, error: expect.stringMatching(/^3 workers ended/), tries: 3 }],
    });
    expect((await run('queue', 'retry')).out).toBe('1 picture put back\n');
    const again = work(...SOON);
    await server.asked(4);
    again.child.kill('SIGKILL'); // the first of three again
    const last = work(...SOON);
    await server.asked(5);
    server.letGo();
    expect((await last.ended).code).toBe(0);
    server.end();
  });

  it('lets a worker that is told to end finish its picture, and no other; Redis may start again meanwhile', async () => {
    const { enqueue, work, status } = queueOf('ended');
    const server = await slowServer();
    await enqueue([server.url, 'in/a.png'], 'ended', ...PRIVATE);
    const worker = work('--jobs', '1');
    await server.asked(1);
    await redis.kill();
    await worker.says(/^The queue ended at .* is not reached \(E\w+\): waiting for it$/m);
    await redis.start();
    await worker.says(/is there again$/m);
    worker.child.kill('SIGTERM');
    await worker.says(/^Taking no more/m);
    server.letGo();
    const { code, err } = await worker.ended;
    expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/slow\.png: \d segments?, .*\n1 picture done\n$/) });
    expect(await status()).toMatchObject({ waiting: 1, running: 0, done: 1 });
    server.end();
  });

  it('loses nothing to a worker that cannot do it: no such encoder, no such storage', async () => {
    const { enqueue, work, status } = queueOf('unfit');
    await enqueue(['in/a.png'], 'unfit', '--encoder', 'dinov2-b', '--size', '56');
    expect(await work('--jobs', '1').ended).toMatchObject({ code: 1, err: expect.stringMatching(/dinov2-b is not on this machine/) });
    rmSync(at('unfit'), { recursive: true });
    expect((await work('--jobs', '1').ended).err).toMatch(/unfit" is not there on this machine: pictures and outputs are to have the same paths/);
    symlinkSync('/proc/self', at('unfit')); // takes nothing, from root neither
    if (existsSync('/proc/self')) expect((await work('--jobs', '1').ended).err).toMatch(/unfit" cannot be written to/);
    expect(await status()).toMatchObject({ waiting: 1, running: 0, delayed: 0, setAside: 0 });
  });

  it('sets what no encoder takes aside at once', async () => {
    const { enqueue, workHere, status } = queueOf('refused');
    await enqueue(['in'], 'refused', '--vae', 'tiny');
    const { code, err } = await workHere(...SWIFT);
    expect(code).toBe(1);
    expect(err.match(/embedded takes no vae.*; it is set aside/g)).toHaveLength(2);
    expect((await status()).failed.map(({ tries }: { tries: number }) => tries)).toEqual([1, 1]);
  });

  it('wants its password', async () => {
    const { code, err } = await runCli('queue', '--queue', redis.url.replace(redis.password, 'secret'));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/wants another user or password/) });
    expect(err).not.toMatch(/secret/);
  });

  it('is in a database that there is', async () => {
    const { code, err } = await runCli('queue', '--queue', `${redis.url}/99`);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^diffcut: The queue diffcut at .*\/99 lies in a database that there is not/),
    });
  });

  it('is none of another program that uses the same library, and the same name', async () => {
    const { run } = queueOf('mails');
    const { hostname: host, port, password } = new URL(redis.url);
    const mails = new Queue('mails', { connection: { host, port: Number(port), password } });
    await mails.add('mail', { to: 'someone' });
    expect((await run('queue', 'drain')).out).toBe('0 pictures removed\n');
    expect(await mails.getWaitingCount()).toBe(1);
    await mails.close();
  });

  it('waits for a Redis that is full, and asks it rarely', async () => {
    const { enqueue, work } = queueOf('room');
    await enqueue(['in/a.png'], 'room');
    await redis.set('maxmemory', '1');
    expect(await enqueue(['in/b.png'], 'room')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^diffcut: The queue room at .* has no room left/),
    });
    const worker = work(...SWIFT);
    await worker.says(/has no room left: .*; it is waited for$/m);
    await redis.set('maxmemory', '0');
    const { code, err } = await worker.ended;
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/^The queue .* waited for\nThe queue .* is there again\n.*a\.png: .*\n1 picture done\n$/),
    });
  });

  it('warns of a Redis that may lose it', async () => {
    expect((await queueOf('safe').enqueue(['in'], 'safe')).err).not.toMatch(/Redis/);
    expect([await redis.set('appendonly', 'no'), await redis.set('maxmemory-policy', 'allkeys-lru')]).toEqual(['OK', 'OK']);
    const { err } = await queueOf('warned').enqueue(['in'], 'warned');
    expect(err).toMatch(/^Redis keeps no log \(appendonly no\): .*\nRedis throws away .* \(maxmemory-policy allkeys-lru\): .*\n2 pictures added/);
  });

  it('has pictures and outputs on S3, and no worker where their bucket is not', async () => {
    const [s3, elsewhere] = [await startS3(['shelf'], 2), await startS3([], 2)];
    for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
    try {
      for (const name of ['a', 'b', 'c']) s3.put(`shelf/in/${name}.png`, picture);
      const { enqueue, run, work, workHere, status } = queueOf('s3');
      const out = ['-o', 's3://shelf/out/', '--format', 'labels,json', ...SMALL];
      expect((await run('enqueue', 's3://shelf/in/', ...out)).err).toMatch(/^3 pictures added/m);
      expect((await workHere(...SWIFT)).code).toBe(0);
      const made = [...s3.objects.keys()].filter((key) => key.startsWith('shelf/out/')).sort();
      expect(made).toEqual(['a', 'b', 'c'].flatMap((name) => [`shelf/out/${name}.json`, `shelf/out/${name}.png`]));
      expect((await run('enqueue', 's3://shelf/in/', ...out, '--resume')).err).toMatch(/^3 pictures skipped: finished before$/m);
      s3.put('shelf/broken.png', 'no picture');
      await run('enqueue', 's3://shelf/broken.png', ...out);
      expect((await workHere(...SWIFT)).err).toMatch(/set aside$/m);
      expect((await run('queue', 'retry', 's3://shelf/broken.png')).out).toBe('1 picture put back\n');
      await run('queue', 'drain');
      await enqueue(['in/a.png'], 'local');
      s3.put('shelf/in/late.png', picture);
      await run('enqueue', 's3://shelf/in/late.png', ...out);
      for (const [name, value] of Object.entries(elsewhere.env)) vi.stubEnv(name, value); // a machine that is set up otherwise
      const { code, err } = await work(...SWIFT).ended;
      expect([code, err]).toEqual([1, expect.stringMatching(/"s3:\/\/shelf\/out\/?" is in a bucket that does not exist/)]);
      expect((await status()).waiting).toBe(1);
    } finally {
      vi.unstubAllEnvs();
      await Promise.all([s3.close(), elsewhere.close()]);
    }
  });
});
