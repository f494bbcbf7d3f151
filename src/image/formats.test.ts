import { describe, expect, it } from 'vitest';
import { formatOf, isAvifSequence, knownFormat } from './formats.ts';

const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe('formatOf', () => {
  it.each([
    ['JPEG', '\xff\xd8\xff\xe0'],
    ['PNG', '\x89PNG'],
    ['WebP', 'RIFF1234WEBP'],
    ['AVIF', '....ftypavif'],
    ['AVIF', '....ftypmif1....mif1avifmiaf'],
    ['AVIF', '\0\0\0\x2cftypavis\0\0\0\0avifavismsf1'],
    ['HEIC', '....ftypheic'],
    ['HEIC', '....ftypmif1....heicmif1'],
    ['TIFF', 'II*\0'],
    ['TIFF', 'MM\0*'],
    ['TIFF', 'II+\0'],
    ['GIF', 'GIF89a'],
    ['BMP', 'BM............\x28\0\0\0'],
  ])('knows %s by its first bytes', (format, start) => {
    expect(formatOf(bytes(start), 'x')).toBe(format);
  });

  it.each([
    ['<svg xmlns="', /^x is an SVG drawing, which is not read here: render it/],
    ['\xef\xbb\xbf<?xml version="1.0"?>\n<svg>', /an SVG drawing/],
    ['<!DOCTYPE html>', /a web page, which is not read here: check the address/],
    ['%PDF-1.7', /a PDF/],
    ['\0\0\0\x0cjP  \r\n', /a JPEG 2000 picture/],
    ['\0\0\0\x0cJXL \r\n', /a JPEG XL picture/],
    ['\xff\x0a', /a JPEG XL picture/],
    ['....ftypcrx ', /a camera raw file \(CR3\).*darktable/],
    ['FUJIFILMCCD-RAW 0201', /a camera raw file \(RAF\)/],
    ['8BPS', /a Photoshop document/],
    ['\0\0\x01\0', /an icon \(ICO\)/],
    ['....ftypisom', /a video \(MP4 or QuickTime\).*ffmpeg/],
    ['\x1aE\xdf\xa3', /a video \(Matroska or WebM\)/],
    ['RIFF1234AVI ', /a video \(AVI\)/],
    ['P6 3 2', /PNM/],
    ['PK\x03\x04', /a ZIP archive, which is not read here: unpack it/],
  ])('says what %j is instead', (start, sentence) => {
    expect(() => formatOf(bytes(start), 'x')).toThrow(sentence);
    expect(knownFormat(bytes(start))).toBeUndefined();
  });

  it.each(['hello', 'RIFF1234WAVE', 'avif', 'BM is how this text begins'])('takes %j for no picture', (start) => {
    expect(() => formatOf(bytes(start), 'x')).toThrow(
      /^x is not a picture that can be read: give one of JPEG, PNG, WebP, TIFF, GIF, BMP, AVIF, HEIC$/,
    );
  });

  it('tells an empty file, and a sequence', () => {
    expect(() => formatOf(bytes(''), 'x')).toThrow(/^x is empty \(0 bytes\)/);
    expect([isAvifSequence(bytes('....ftypavis')), isAvifSequence(bytes('....ftypavif'))]).toEqual([true, false]);
  });
});
