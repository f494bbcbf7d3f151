import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENCODER, encoderRow, MODELS } from './table.ts';

const asset = (name: string) => readFileSync(new URL(`../../assets/${name}`, import.meta.url));

describe('the table of encoders', () => {
  it('tells the true size of the embedded encoder, at most 10 MB, and its notes the true checksum', () => {
    const weights = asset('efficientnet-lite.onnx');
    expect(encoderRow(DEFAULT_ENCODER).bytes).toBe(weights.length);
    expect(weights.length).toBeLessThanOrEqual(10_000_000);
    expect(asset('README.md').toString()).toContain(createHash('sha256').update(weights).digest('hex'));
  });

  it('has one row a name, each with a licence and a note', () => {
    expect(new Set(MODELS.map((row) => row.name)).size).toBe(MODELS.length);
    for (const row of MODELS) expect([row.licence, row.note].every((text) => text.length > 0)).toBe(true);
  });

  it('has what MaskCut looks at', () => {
    expect(encoderRow('dino-b8')).toMatchObject({ kind: 'vit', repository: 'timm/vit_base_patch8_224.dino' });
  });

  it('guesses at a misspelt name', () => {
    expect(() => encoderRow('embeded')).toThrow(/^Unknown encoder "embeded": did you mean "embedded"\?$/);
    expect(() => encoderRow(undefined as never)).toThrow(/^Expected the name of an encoder for name but received undefined/);
  });
});
