export * from './cut';
export * from './pamr';
