/** A queue: each work begins when the one before it has ended, however that ended. */
export const inTurn = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {}); // whoever asked for it is told
    return result;
  };
};
