import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAPTION, GAP, layoutOf } from './coherence-layout.ts';

const WIDE = { width: 1600, height: 900 };
const TALL = { width: 600, height: 1200 };
const side = fc.integer({ min: 1, max: 20_000 });
const size = fc.record({ width: side, height: side });
const roomOf = fc.record({ width: fc.integer({ min: 1, max: 3000 }), height: fc.integer({ min: 1, max: 2000 }) });

describe('layoutOf', () => {
  it('lays pictures of one encoder the way that shows most of them', () => {
    expect(layoutOf({ width: 900, height: 600 }, [TALL, TALL], 1).perLine).toBe(2);
    expect(layoutOf({ width: 500, height: 900 }, [WIDE, WIDE], 1).perLine).toBe(1);
    expect(layoutOf({ width: 360, height: 230 }, [WIDE, WIDE], 1)).toMatchObject({ perLine: 2, fits: true });
  });

  it('gives a picture a line of its own where encoders are several', () => {
    expect(layoutOf({ width: 900, height: 600 }, [WIDE, TALL, WIDE], 2).perLine).toBe(2);
  });

  it('keeps the shape of pictures and, where it says so, fits', () => {
    fc.assert(
      fc.property(roomOf, fc.array(size, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), (room, pictures, columns) => {
        const { perLine, panels, fits } = layoutOf(room, pictures, columns);
        expect(panels).toHaveLength(pictures.length);
        panels.forEach(({ width, height }, i) => {
          const by = Math.min(width / pictures[i].width, height / pictures[i].height);
          expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
          expect(Math.abs(pictures[i].width * by - width)).toBeLessThan(1 + pictures[i].width / pictures[i].height);
        });
        if (!fits) return;
        const lines = Math.ceil((pictures.length * columns) / perLine);
        expect(Math.max(...panels.map(({ width }) => width)) * perLine + GAP * (perLine + 1)).toBeLessThanOrEqual(room.width + 0.01);
        expect((Math.max(...panels.map(({ height }) => height)) + CAPTION + GAP) * lines + GAP).toBeLessThanOrEqual(room.height + 0.01);
      }),
    );
  });
});
