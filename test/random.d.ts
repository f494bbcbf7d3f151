/** Numbers 0..1 that are the same in every run. */
export declare const random: (seed: number) => () => number;
