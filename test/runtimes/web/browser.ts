/** Finds a Chromium on this machine; installs one where that was asked for and apt-get can. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The one without windows first: a page's test takes a fifth less of the processor with it. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];

/** Where installers put browsers that are not on the PATH. */
const PLACES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/snap/bin/chromium', '/opt/google/chrome/chrome'],
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((variable) =>
    ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe', 'Chromium/Application/chrome.exe'].map((path) =>
      join(process.env[variable] ?? '', path),
    ),
  ),
};

const find = (): string | undefined => {
  const onPath = process.platform === 'win32' ? [] : (process.env.PATH ?? '').split(delimiter).flatMap((dir) => NAMES.map((name) => join(dir, name)));
  return [...onPath, ...(PLACES[process.platform] ?? [])].find((path) => existsSync(path));
};

const mayInstall = (): boolean =>
  (process.env.CI === 'true' || process.env.DIFFCUT_INSTALL_CHROMIUM === '1') &&
  process.getuid?.() === 0 &&
  spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

const apt = (...args: string[]): boolean =>
  spawnSync('apt-get', ['-qq', '-y', ...args], { stdio: 'ignore', timeout: 240_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    .status === 0;

/**
 * Nothing but the page may be on the line: no updates, no safe browsing, no QUIC to a server that has none. And what WebAssembly a page
 * runs for seconds only is not worth being compiled a second time, which took four of the nine seconds of a test's processor time.
 */
export const BROWSER_ARGS = [
  ...'--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' '),
  '--js-flags=--wasm-tiering-budget=100000000',
];

/** Path of the browser, or why there is none. CHROMIUM_PATH names one. */
export const findBrowser = (): { path: string } | { missing: string } => {
  const named = process.env.CHROMIUM_PATH;
  if (named) return existsSync(named) ? { path: named } : { missing: `CHROMIUM_PATH is ${named}, which does not exist` };
  const found = find();
  if (found) return { path: found };
  if (!mayInstall()) {
    return {
      missing:
        'no Chromium, Chrome or Edge was found: install one, name one by CHROMIUM_PATH or, as root on Debian or Ubuntu, set DIFFCUT_INSTALL_CHROMIUM=1',
    };
  }
  if (!(apt('update') && ['chromium-headless-shell', 'chromium'].some((name) => apt('install', '--no-install-recommends', name))))
    return { missing: 'Chromium could not be installed by apt-get' };
  const installed = find();
  return installed ? { path: installed } : { missing: 'apt-get installed chromium, but it was not found' };
};
