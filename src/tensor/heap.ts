/**
 * A binary heap of (key, item) pairs, least key first, equal keys by the lower item; pairs are never changed or removed. A class,
 * so that its code is compiled once for all heaps.
 */
export class Heap {
  /** What `pop` took out last. */
  readonly top = { key: 0, item: 0, version: 0 };
  #keys: Float64Array;
  #items: Int32Array;
  #versions: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    const room = Math.max(16, capacity);
    this.#keys = new Float64Array(room);
    this.#items = new Int32Array(room);
    this.#versions = new Int32Array(room);
  }

  push(key: number, item: number, version: number): void {
    if (this.#size === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const items = this.#items;
    let at = this.#size++;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!isLess(key, item, keys[up], items[up])) break;
      this.#put(at, keys[up], items[up], this.#versions[up]);
      at = up;
    }
    this.#put(at, key, item, version);
  }

  /** Takes the least out, into `top`; false where the heap is empty. */
  pop(): boolean {
    if (this.#size === 0) return false;
    const keys = this.#keys;
    const items = this.#items;
    const versions = this.#versions;
    const { top } = this;
    top.key = keys[0];
    top.item = items[0];
    top.version = versions[0];
    const size = --this.#size;
    const key = keys[size];
    const item = items[size];
    const version = versions[size];
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && isLess(keys[child + 1], items[child + 1], keys[child], items[child])) child++;
      if (isLess(key, item, keys[child], items[child])) break;
      this.#put(at, keys[child], items[child], versions[child]);
      at = child;
    }
    this.#put(at, key, item, version);
    return true;
  }

  #put(at: number, key: number, item: number, version: number): void {
    this.#keys[at] = key;
    this.#items[at] = item;
    this.#versions[at] = version;
  }

  #grow(): void {
    const [keys, items, versions] = [this.#keys, this.#items, this.#versions];
    this.#keys = new Float64Array(keys.length * 2);
    this.#items = new Int32Array(keys.length * 2);
    this.#versions = new Int32Array(keys.length * 2);
    this.#keys.set(keys);
    this.#items.set(items);
    this.#versions.set(versions);
  }
}

const isLess = (key: number, item: number, thanKey: number, thanItem: number): boolean => key < thanKey || (key === thanKey && item < thanItem);
