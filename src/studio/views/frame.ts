/**
 * A task that runs in the next frame, however often it is asked for until then. It is not put off by being asked for anew: what
 * changes in every frame would never be painted.
 */
export const inNextFrame = (task: () => void): (() => void) => {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      task();
    });
  };
};
