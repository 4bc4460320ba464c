/**
 * Colours as CSS writes them (CSS Color 4 §4 to §7), and whether text can be read on a background.
 */
import { BLACK, type Colour, WHITE } from '#node/pdf/layout/model.ts';

/** CSS Color 4 §6.1, name and hexadecimal value. */
const NAMES = new Map(
  `aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4 black 000000
blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887 cadetblue 5f9ea0 chartreuse 7fff00
chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c cyan 00ffff darkblue 00008b
darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey a9a9a9 darkkhaki bdb76b
darkmagenta 8b008b darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000 darksalmon e9967a
darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f darkslategrey 2f4f4f darkturquoise 00ced1
darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff dimgray 696969 dimgrey 696969 dodgerblue 1e90ff
firebrick b22222 floralwhite fffaf0 forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc ghostwhite f8f8ff gold ffd700
goldenrod daa520 gray 808080 green 008000 greenyellow adff2f grey 808080 honeydew f0fff0 hotpink ff69b4
indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa lavenderblush fff0f5 lawngreen 7cfc00
lemonchiffon fffacd lightblue add8e6 lightcoral f08080 lightcyan e0ffff lightgoldenrodyellow fafad2 lightgray d3d3d3
lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1 lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa
lightslategray 778899 lightslategrey 778899 lightsteelblue b0c4de lightyellow ffffe0 lime 00ff00 limegreen 32cd32
linen faf0e6 magenta ff00ff maroon 800000 mediumaquamarine 66cdaa mediumblue 0000cd mediumorchid ba55d3
mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee mediumspringgreen 00fa9a mediumturquoise 48d1cc
mediumvioletred c71585 midnightblue 191970 mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead
navy 000080 oldlace fdf5e6 olive 808000 olivedrab 6b8e23 orange ffa500 orangered ff4500 orchid da70d6
palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee palevioletred db7093 papayawhip ffefd5 peachpuff ffdab9
peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 purple 800080 rebeccapurple 663399 red ff0000 rosybrown bc8f8f
royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d
silver c0c0c0 skyblue 87ceeb slateblue 6a5acd slategray 708090 slategrey 708090 snow fffafa springgreen 00ff7f
steelblue 4682b4 tan d2b48c teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee wheat f5deb3
white ffffff whitesmoke f5f5f5 windowtext 000000 window ffffff yellow ffff00 yellowgreen 9acd32`
    .split(/\s+(?=[a-z]+ [0-9a-f]{6})/)
    .map((pair) => pair.split(' ') as [string, string]),
);
/** More transparent colours count as none. */
const OPACITY_MIN = 0.15;
/** WCAG 2.2 §1.4.3 asks for 4.5; below this nobody can read, and a missing background picture is the likely reason. */
const CONTRAST_MIN = 1.7;

/** Mixed with white as far as it is transparent; null for `transparent`, and for what is no colour. */
export function cssColour(value: string): Colour | null {
  const text = value.trim().toLowerCase();
  const hex = /^#?([0-9a-f]{3,8})$/.exec(NAMES.get(text) ?? text)?.[1];
  if (hex !== undefined) return hexColour(hex);
  const parts = /^(rgb|hsl)a?\(([^()]{1,60})\)$/.exec(text);
  if (parts === null) return null;
  const numbers = parts[2]!.split(/[\s,/]+/).filter(Boolean);
  if (numbers.length < 3) return null;
  const share = (part: string, whole: number) =>
    clamp(part.endsWith('%') ? Number.parseFloat(part) / 100 : Number.parseFloat(part) / whole);
  const opacity = numbers[3] === undefined ? 1 : share(numbers[3], 1);
  const [a, b, c] = numbers as [string, string, string];
  if (parts[1] === 'rgb') return mixed([share(a, 255), share(b, 255), share(c, 255)], opacity);
  return mixed(hslColour(Number.parseFloat(a), share(b, 100), share(c, 100)), opacity);
}

function hexColour(hex: string): Colour | null {
  if (hex.length === 5 || hex.length === 7) return null;
  const short = hex.length < 6;
  const part = (i: number): number => {
    const digits = short ? hex[i]!.repeat(2) : hex.slice(i * 2, i * 2 + 2);
    return Number.parseInt(digits, 16) / 255;
  };
  const opacity = hex.length === 4 || hex.length === 8 ? part(3) : 1;
  return mixed([part(0), part(1), part(2)], opacity);
}

/** CSS Color 4 §7.1 */
function hslColour(hue: number, saturation: number, lightness: number): Colour {
  const part = (n: number): number => {
    const k = (n + (((hue % 360) + 360) % 360) / 30) % 12;
    const a = saturation * Math.min(lightness, 1 - lightness);
    return lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return [part(0), part(8), part(4)];
}

function mixed(colour: Colour, opacity: number): Colour | null {
  if (!colour.every(Number.isFinite) || !(opacity >= OPACITY_MIN)) return null;
  const [r, g, b] = colour.map((part) => part * opacity + 1 - opacity) as unknown as Colour;
  return [r, g, b];
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** The colour, or black or white where it could not be told from its background. */
export function readableOn(colour: Colour, background: Colour): Colour {
  const [light, dark] = [luminance(colour), luminance(background)].sort((a, b) => b - a) as [number, number];
  if ((light + 0.05) / (dark + 0.05) >= CONTRAST_MIN) return colour;
  return luminance(background) > 0.2 ? BLACK : WHITE;
}

/** WCAG 2.2, relative luminance */
function luminance(colour: Colour): number {
  const [r, g, b] = colour.map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  ) as unknown as Colour;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
