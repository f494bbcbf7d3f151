/** Colours for numbers: matplotlib's jet and viridis, in its 256 steps. */

export type ColormapName = 'jet' | 'viridis';

/** Where a channel of jet turns: position 0..1 and value 0..1, straight between (matplotlib `_jet_data`). */
const JET = [
  [0, 0, 0.35, 0, 0.66, 1, 0.89, 1, 1, 0.5],
  [0, 0, 0.125, 0, 0.375, 1, 0.64, 1, 0.91, 0, 1, 0],
  [0, 0.5, 0.11, 1, 0.34, 1, 0.65, 0, 1, 0],
];

/**
 * 256 colours as hexadecimal RGB, as scripts/make-coherence.py --viridis prints them. By Nathaniel Smith, Stefan van der
 * Walt and Eric Firing for matplotlib, published under CC0.
 */
const VIRIDIS =
  '44015444025544035745055845065a45085b46095c460b5e460c5f460e61470f6247116347126547146647156747166947186a48196b481a6c481c6e481d6f481e70482071482172' +
  '482273482374472575472676472777472878472a79472b7a472c7b462d7c462f7c46307d46317e45327f45347f453580453681443781443982433a83433b83433c84423d84423e85' +
  '4240854141864142864043874044873f45873f47883e48883e49893d4a893d4b893d4c893c4d8a3c4e8a3b508a3b518a3a528b3a538b39548b39558b38568b38578c37588c37598c' +
  '365a8c365b8c355c8c355d8c345e8d345f8d33608d33618d32628d32638d31648d31658d31668d30678d30688d2f698d2f6a8d2e6b8e2e6c8e2e6d8e2d6e8e2d6f8e2c708e2c718e' +
  '2c728e2b738e2b748e2a758e2a768e2a778e29788e29798e287a8e287a8e287b8e277c8e277d8e277e8e267f8e26808e26818e25828e25838d24848d24858d24868d23878d23888d' +
  '23898d22898d228a8d228b8d218c8d218d8c218e8c208f8c20908c20918c1f928c1f938b1f948b1f958b1f968b1e978a1e988a1e998a1e998a1e9a891e9b891e9c891e9d881e9e88' +
  '1e9f881ea0871fa1871fa2861fa38620a48520a58521a68521a78422a78423a88323a98224aa8225ab8126ac8127ad8028ae7f29af7f2ab07e2bb17d2cb17d2eb27c2fb37b30b47a' +
  '32b57a33b67935b77836b87738b97639b9763bba753dbb743ebc7340bd7242be7144be7045bf6f47c06e49c16d4bc26c4dc26b4fc36951c46853c56755c66657c66559c7645bc862' +
  '5ec96160c96062ca5f64cb5d67cc5c69cc5b6bcd596dce5870ce5672cf5574d05477d05279d1517cd24f7ed24e81d34c83d34b86d44988d5478bd5468dd64490d64392d74195d73f' +
  '97d83e9ad83c9dd93a9fd938a2da37a5da35a7db33aadb32addc30afdc2eb2dd2cb5dd2bb7dd29bade27bdde26bfdf24c2df22c5df21c7e01fcae01ecde01dcfe11cd2e11bd4e11a' +
  'd7e219dae218dce218dfe318e1e318e4e318e7e419e9e419ece41aeee51bf1e51cf3e51ef6e61ff8e621fae622fde724';

const STEPS = 256;

/** The value at `at` of a line through points x, y, x, y, ... */
const between = (points: readonly number[], at: number): number => {
  let i = 2;
  while (i + 2 < points.length && points[i] < at) i += 2;
  const [x0, y0, x1, y1] = points.slice(i - 2, i + 2);
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
};

/** What is cut off, not rounded, is matplotlib's way to bytes. */
const jet = (): Uint8Array => Uint8Array.from({ length: STEPS * 3 }, (_, i) => 255 * between(JET[i % 3], Math.floor(i / 3) / (STEPS - 1)));
const viridis = (): Uint8Array => Uint8Array.from({ length: STEPS * 3 }, (_, i) => Number.parseInt(VIRIDIS.slice(i * 2, i * 2 + 2), 16));

const TABLES: Record<ColormapName, () => Uint8Array> = { jet, viridis };

/** 256 sRGB colours of 3 bytes, lowest first. */
export const colormapTable = (name: ColormapName): Uint8Array => TABLES[name]();

/** The step, 0..255, of a share 0..1; what is outside takes the nearest. */
export const stepOf = (share: number): number => Math.min(STEPS - 1, Math.max(0, Math.floor(share * STEPS)));
