/** The browser of whoever sits at this machine. */
import { spawn } from 'node:child_process';

/** What opens an address, by system. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', '""'],
};

/**
 * Opens an address in the usual browser, which outlives this process.
 * @param failed is told why it did not, once, in a few words
 */
export const openBrowser = (url: string, failed: (why: string) => void): void => {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  const child = spawn(command, [...args, url], { detached: true, stdio: 'ignore', windowsVerbatimArguments: true });
  child.once('error', ({ message }) => failed(message));
  child.once('exit', (code) => code && failed(`${command} ended with ${code}`));
  child.unref();
};
