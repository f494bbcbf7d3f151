/** What the pointer does on the stage. */
import { signal } from '@preact/signals';
import type { Frame } from '../types.ts';

/** Where it went while it draws, pixels of the picture; empty while nothing is drawn. */
export const trail = signal<readonly (readonly [x: number, y: number])[]>([]);

/** Where the pointer is on the stage, pixels of the picture. */
export const cursor = signal<readonly [x: number, y: number] | undefined>(undefined);

/** What the stroke would take, where it holds to edges. */
export const touched = signal<Frame | undefined>(undefined);
