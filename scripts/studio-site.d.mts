export const FILES: readonly string[];
export function laySite(from: string, to: string): void;
