#!/usr/bin/env python3
"""Makes src/figure/glyphs.generated.ts: the outlines of the letters that figures are labelled with.

Install: pip install fonttools==4.68.0 font-roboto==0.0.1

Run:
    python scripts/make-glyphs.py > src/figure/glyphs.generated.ts

Roboto Regular 2.138, Copyright 2011 Google Inc., Apache License 2.0, as in the PyPI package font-roboto. Left as it is
but for the unit: 1024 to the em, y down from the baseline.
"""
import importlib.resources
import sys

from fontTools.ttLib import TTFont

EM = 1024
ASCII = "".join(map(chr, range(0x20, 0x7F)))
LATIN1 = "".join(map(chr, range(0xC0, 0x100)))
CHARACTERS = ASCII + LATIN1 + "·–…−"

font = TTFont(str(importlib.resources.files("font_roboto") / "files" / "Roboto-Regular.ttf"))
names = font.getBestCmap()
table = font["glyf"]
scale = EM / font["head"].unitsPerEm


def outline(name):
    """Contours as points one after the other, each relative to the one before; off the curve with a tilde."""
    coordinates, ends, flags = table[name].getCoordinates(table)
    contours, start = [], 0
    for end in ends:
        text, last = "", (0, 0)
        for (x, y), flag in list(zip(coordinates, flags))[start : end + 1]:
            here = (round(x * scale), round(-y * scale))
            text += f"{'' if flag & 1 else '~'}{here[0] - last[0]:+d}{here[1] - last[1]:+d}"
            last = here
        contours.append(text)
        start = end + 1
    return "/".join(contours)


print("// Made by scripts/make-glyphs.py: outlines of Roboto Regular, Copyright 2011 Google Inc., Apache License 2.0.")
print("/** A character's code point -> its advance, a bar, its contours; 1024 units an em. */")
print("export const GLYPHS: Readonly<Record<number, string>> = {")
for character in CHARACTERS:
    name = names[ord(character)]
    advance = round(font["hmtx"][name][0] * scale)
    print(f"  {ord(character)}: '{advance}|{outline(name)}',")
print("};")
sys.stdout.flush()
