import { describe, expect, it } from 'vitest';
import type { FeatureMap, LabelMap } from '../types.ts';
import { checkFeatures, checkLabels, unitTokens } from './features.ts';

const features: FeatureMap = { data: Float32Array.from({ length: 24 }, (_, i) => i), width: 3, height: 2, channels: 4 };
const labels: LabelMap = { data: Int32Array.of(0, 5, 0, 7, 7, 1_000_000), width: 3, height: 2 };
const withValue = (at: number, value: number) => ({ ...features, data: features.data.map((v, i) => (i === at ? value : v)) });

describe('checkFeatures', () => {
  it('hands on what can be used, one number too', () => {
    expect(checkFeatures(features)).toBe(features);
    const one = { data: Float32Array.of(-2), width: 1, height: 1, channels: 1 };
    expect(checkFeatures(one)).toBe(one);
  });

  it.each<[unknown, RegExp]>([
    [undefined, /^Expected \{ data: Float32Array, width, height, channels \} for features/],
    [{ ...features, data: new Float64Array(24) }, /^Expected \{ data: Float32Array/],
    [{ ...features, width: 0 }, /^Expected a whole number from 1 for features\.width but received 0/],
    [{ ...features, height: 1.5 }, /for features\.height but received 1\.5/],
    [{ ...features, channels: '4' }, /for features\.channels/],
    [{ ...features, width: 4 }, /^Expected 4 x 2 x 4 numbers for features\.data but received 24/],
    [withValue(0, Number.NaN), /^Features must be finite, but channel 0 at x 0, y 0 is NaN$/],
    [withValue(18, Infinity), /^Features must be finite, but channel 2 at x 1, y 1 is Infinity$/],
    [withValue(23, -Infinity), /^Features must be finite, but channel 3 at x 2, y 1 is -Infinity$/],
  ])('refuses %#', (given, message) => {
    expect(() => checkFeatures(given as FeatureMap)).toThrow(message);
  });
});

describe('checkLabels', () => {
  it('hands on what can be used', () => {
    expect(checkLabels(labels)).toBe(labels);
    expect(checkLabels({ data: new Int32Array(1), width: 1, height: 1 }).width).toBe(1);
  });

  it.each<[unknown, RegExp]>([
    [null, /^Expected \{ data: Int32Array, width, height \} for labels/],
    [{ ...labels, data: [0, 1, 2, 3, 4, 5] }, /^Expected \{ data: Int32Array/],
    [{ ...labels, height: 0 }, /^Expected a whole number from 1 for labels\.height but received 0/],
    [{ ...labels, width: 2 }, /^Expected 2 x 2 numbers for labels\.data but received 6/],
    [{ ...labels, data: labels.data.map((v, i) => (i === 5 ? -1 : v)) }, /^Segment ids must be 0 or more, but the one at x 2, y 1 is -1$/],
    [{ ...labels, data: labels.data.map((v, i) => (i === 0 ? -9 : v)) }, /at x 0, y 0 is -9$/],
  ])('refuses %#', (given, message) => {
    expect(() => checkLabels(given as LabelMap)).toThrow(message);
  });
});

describe('unitTokens', () => {
  it('gives each token its length, and a zero token none', () => {
    const unit = unitTokens({ data: Float32Array.of(3, 4, 0, 0, -5, 12, 0, 1e-3), channels: 2 });
    [0.6, 0.8, 0, 0, -5 / 13, 12 / 13, 0, 1].forEach((v, i) => expect(unit[i]).toBeCloseTo(v, 6));
    expect([...unitTokens({ data: Float32Array.of(4, 0, -0.5), channels: 1 })]).toEqual([1, 0, -1]);
  });

  it('leaves the features as they are', () => {
    const before = features.data.slice();
    unitTokens(features);
    expect(features.data).toEqual(before);
  });
});
