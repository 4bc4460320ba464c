/**
 * The samples of a PNG, one octet each: filters undone (ISO 15948 §9), interlaced passes put together (§8).
 *
 * Of sixteen bits the upper eight are kept; fewer than eight stay the numbers they are.
 */
import type { Buffer } from 'node:buffer';

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly channels: number;
  readonly isInterlaced: boolean;
}

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
}

/** §8.1: Adam7, or the one pass of an image that is not interlaced. */
export function passesOf({ width, height, isInterlaced }: PngHeader): Pass[] {
  if (!isInterlaced) return [{ x: 0, y: 0, dx: 1, dy: 1, width, height }];
  const starts = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  return starts.map(([x, y, dx, dy]) => ({
    ...{ x, y, dx, dy },
    width: Math.max(0, Math.ceil((width - x) / dx)),
    height: Math.max(0, Math.ceil((height - y) / dy)),
  }));
}

/** `raw` has exactly the length that the header asks for. */
export function pixelsOf(raw: Buffer, head: PngHeader): Uint8Array {
  const { bits, channels, width } = head;
  const out = new Uint8Array(width * head.height * channels);
  const distance = Math.max(1, (bits * channels) >> 3);
  let at = 0;
  for (const pass of passesOf(head)) {
    if (pass.width === 0) continue;
    const lineBytes = Math.ceil((pass.width * bits * channels) / 8);
    let above = new Uint8Array(lineBytes);
    for (let row = 0; row < pass.height; row += 1) {
      const line = Uint8Array.from(raw.subarray(at + 1, at + 1 + lineBytes));
      undoFilter(raw[at]!, line, above, distance);
      at += 1 + lineBytes;
      above = line;
      const start = (pass.y + row * pass.dy) * width + pass.x;
      for (let column = 0; column < pass.width; column += 1) {
        const to = (start + column * pass.dx) * channels;
        for (let c = 0; c < channels; c += 1) out[to + c] = sampleOf(line, column * channels + c, bits);
      }
    }
  }
  return out;
}

function sampleOf(line: Uint8Array, index: number, bits: number): number {
  if (bits === 8) return line[index]!;
  if (bits === 16) return line[index * 2]!;
  const bit = index * bits;
  return (line[bit >> 3]! >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
}

function undoFilter(filter: number, line: Uint8Array, above: Uint8Array, distance: number): void {
  for (let i = 0; i < line.length; i += 1) {
    const left = i >= distance ? line[i - distance]! : 0;
    const up = above[i]!;
    let add = 0;
    if (filter === 1) add = left;
    else if (filter === 2) add = up;
    else if (filter === 3) add = (left + up) >> 1;
    else if (filter === 4) add = paeth(left, up, i >= distance ? above[i - distance]! : 0);
    line[i] = (line[i]! + add) & 0xff;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const toLeft = Math.abs(guess - left);
  const toUp = Math.abs(guess - up);
  const toCorner = Math.abs(guess - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
