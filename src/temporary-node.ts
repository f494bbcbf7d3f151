/** Names of what is half done: of this machine, which may share a disk with others, this process, and one call. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

const HERE = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);

/** How all names of a process begin; all end in `.tmp`. */
export const temporaryStart = (pid: number): string => `.diffcut.${HERE}.${pid}.`;

/** @param n counts up until nothing of that name is there */
export const temporaryName = (n: number): string => `${temporaryStart(process.pid)}${n}.tmp`;
