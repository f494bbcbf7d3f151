import type { Watch } from '../src/types.ts';

export type Work = (watch: Watch) => Promise<unknown>;
export function stagesOf(lib: object): Promise<[name: string, work: Work][]>;
export function gapsOf(work: Work): Promise<{ took: number; longest: number }>;
export function abortOf(work: Work, after: number): Promise<{ latency: number; isReason: boolean }>;
