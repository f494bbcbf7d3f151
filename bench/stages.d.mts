import type { Size, Watch } from '../src/types.ts';

export type Work = (watch: Watch) => Promise<unknown>;
export function stagesOf(lib: object, size?: Size): Promise<[name: string, work: Work][]>;
