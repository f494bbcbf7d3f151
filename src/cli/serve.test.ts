/** The command of the server: what it refuses before it serves. What it answers: serve/api/, and under load test/serve-load.test.ts. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../test/run-cli.ts';

describe('diffcut serve', () => {
  it.each([
    ['other machines without a token', ['--host', '0.0.0.0'], 1, /0\.0\.0\.0 is reached from other machines: give a token/],
    ['an empty token', ['--token', ''], 2, /token is empty/],
    ['a port that is none', ['--port', '65536'], 2, /from 0 to 65535/],
    ['no lanes', ['--jobs', '0'], 2, /from 1 to 256/],
    ['an encoder that there is not', ['--encoder', 'embeded'], 2, /did you mean "embedded"/],
    ['an encoder that is not here', ['--encoder', 'ssd-1b', '--port', '0'], 1, /models pull/],
    ['an option that its encoder does not take', ['--timestep', '5', '--port', '0'], 1, /takes no timestep/],
    ['a namer that there is not', ['--names-model', 'tinyclip-9m'], 2, /did you mean "tinyclip-8m"/],
    ['a namer that is not here', ['--names-model', 'tinyclip-8m', '--port', '0'], 1, /diffcut models pull tinyclip-8m/],
    ['a folder that names nothing', ['--names-model', '.', '--port', '0'], 1, /is no CLIP: give a folder/],
    ['an address of Label Studio that is none', ['--label-studio-url', 'localhost'], 2, /http or https address/],
    ['arguments', ['a.jpg'], 2, /too many arguments/],
  ])('refuses %s in a sentence', async (_, args, code, sentence) => {
    const { code: ended, out, err } = await runCli('serve', ...args);
    expect([ended, out]).toEqual([code, '']);
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('says that its port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    expect(await runCli('serve', '--port', String(port))).toMatchObject({ code: 1, err: expect.stringMatching(new RegExp(`Port ${port} is taken`)) });
    other.close();
  });

  it('has help that fits a screen', async () => {
    expect((await runCli('serve', '--help')).out.trimEnd().split('\n').length).toBeLessThanOrEqual(36);
  });
});
