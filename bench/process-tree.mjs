/** A command's time and the memory of all its processes together, seen from outside (Linux). */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 50;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a process that has ended
  }
};

/** Process ids of a process and all below it. */
const treeOf = (root) => {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(/\) \S (\d+)/.exec(read(`/proc/${name}/stat`))?.[1])]);
  const tree = [root];
  for (const pid of tree) tree.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  return tree;
};

/** Bytes, those that processes share counted in parts. */
const memoryOf = (pid) => 1024 * Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);

/** @returns seconds, the largest memory of all processes together (bytes), how many there were at most */
export const measured = async (command, args) => {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let [peak, processes] = [0, 0];
  const look = setInterval(() => {
    const tree = treeOf(child.pid);
    processes = Math.max(processes, tree.length);
    peak = Math.max(
      peak,
      tree.reduce((sum, pid) => sum + memoryOf(pid), 0),
    );
  }, EVERY_MS);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, peak, processes };
};
