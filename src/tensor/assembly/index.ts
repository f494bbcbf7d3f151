export * from './cut';
export * from './pamr';
export * from './blur';
