/** A binary heap of (key, item) pairs, least key first, equal keys by the lower item; pairs are never changed or removed. */
export interface Heap {
  push(key: number, item: number, version: number): void;
  /** Takes the least out, into `top`; false where the heap is empty. */
  pop(): boolean;
  readonly top: { key: number; item: number; version: number };
}

export const createHeap = (capacity: number): Heap => {
  let keys = new Float64Array(Math.max(16, capacity));
  let items = new Int32Array(keys.length);
  let versions = new Int32Array(keys.length);
  let size = 0;
  const top = { key: 0, item: 0, version: 0 };
  const grow = (): void => {
    const [k, i, v] = [keys, items, versions];
    keys = new Float64Array(k.length * 2);
    items = new Int32Array(k.length * 2);
    versions = new Int32Array(k.length * 2);
    keys.set(k);
    items.set(i);
    versions.set(v);
  };
  const put = (at: number, key: number, item: number, version: number): void => {
    keys[at] = key;
    items[at] = item;
    versions[at] = version;
  };
  const isLess = (key: number, item: number, at: number): boolean => key < keys[at] || (key === keys[at] && item < items[at]);
  return {
    top,
    push(key, item, version) {
      if (size === keys.length) grow();
      let at = size++;
      while (at > 0) {
        const up = (at - 1) >> 1;
        if (!isLess(key, item, up)) break;
        put(at, keys[up], items[up], versions[up]);
        at = up;
      }
      put(at, key, item, version);
    },
    pop() {
      if (size === 0) return false;
      top.key = keys[0];
      top.item = items[0];
      top.version = versions[0];
      size--;
      const key = keys[size];
      const item = items[size];
      const version = versions[size];
      let at = 0;
      for (let child = 1; child < size; child = 2 * at + 1) {
        if (child + 1 < size && isLess(keys[child + 1], items[child + 1], child)) child++;
        if (isLess(key, item, child)) break;
        put(at, keys[child], items[child], versions[child]);
        at = child;
      }
      put(at, key, item, version);
      return true;
    },
  };
};
