/** Edges of boxes, as style sheets write them. */
import type { Colour, Edge, TextStyle } from '#node/pdf/layout/model.ts';
import { cssColour } from './css-colour.ts';
import { cssLength } from './css-length.ts';

const EDGE_MAX = 6;

/** `1px solid #ccc`, in any order; null for none. */
export function edgeOf(value: string, text: TextStyle): Edge | null {
  let width = 2.25; // CSS Backgrounds 3 §3.3: medium.
  let colour: Colour = text.colour;
  let isDrawn = false;
  for (const part of value.split(/\s+(?![^(]*\))/)) {
    const word = part.toLowerCase();
    const length = word === 'thin' ? 0.75 : cssLength(word, text.sizePt, null);
    if (/^(?:solid|dashed|dotted|double|groove|ridge|inset|outset)$/.test(word)) isDrawn = true;
    else if (length !== null) width = length;
    else colour = cssColour(part) ?? colour;
  }
  return isDrawn && width > 0 ? { width: Math.min(EDGE_MAX, width), colour } : null;
}

/** `border-style`, `-color` or `-width` of an edge that may be there. */
export function changedEdge(edge: Edge | null, detail: string, value: string, text: TextStyle): Edge | null {
  const now = edge ?? { width: 0.75, colour: text.colour };
  if (detail === 'style') return /^(?:none|hidden)$/i.test(value) ? null : now;
  if (detail === 'color') return edge === null ? null : { ...now, colour: cssColour(value) ?? now.colour };
  const width = cssLength(value, text.sizePt, null);
  if (width === 0) return null;
  return edge === null ? null : { ...now, width: Math.min(EDGE_MAX, width ?? now.width) };
}
