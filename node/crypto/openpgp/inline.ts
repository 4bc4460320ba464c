/**
 * Inline PGP: armoured messages and cleartext signatures inside a text body (RFC 9580 §6, §7).
 *
 * Each piece stays apart: text that an attacker put around a block never becomes one with what was decrypted or signed
 * (threats 2, 8). Only a body that is one block and nothing else is `whole`.
 */
import type { LayerReport } from '#domain/mail/verdict.ts';
import { readCleartext } from './cleartext.ts';
import { type OpenRequest, openOpenPgp } from './open.ts';
import { verifyDetached } from './verify.ts';

const BLOCKS_MAX = 10; // Each costs private key operations; people paste one, list digests some.

type InlinePiece =
  /** Not protected by anything. */
  | { readonly kind: 'text'; readonly text: Uint8Array }
  /** Decrypted, or the text of a cleartext signature whatever its verdict. `charset`: of the armour, if it says so. */
  | {
      readonly kind: 'opened';
      readonly content: Uint8Array;
      readonly charset: string | null;
      readonly layers: readonly LayerReport[];
    }
  /** The block as it stood. */
  | { readonly kind: 'not-opened'; readonly text: Uint8Array; readonly layers: readonly LayerReport[] };

interface InlineOpening {
  readonly pieces: readonly InlinePiece[];
  /** One block and nothing else but white space. */
  readonly whole: boolean;
}

/** `text`: the body with its transfer encoding undone, in its own charset. Null when nothing inline is in it. */
export async function openInline(
  request: Omit<OpenRequest, 'message'> & { readonly text: Uint8Array },
): Promise<InlineOpening | null> {
  const text = Buffer.from(request.text.buffer, request.text.byteOffset, request.text.length);
  const blocks = inlineBlocks(text.toString('latin1')); // Octets stay at their offsets.
  if (blocks.length === 0) return null;
  const pieces: InlinePiece[] = [];
  let at = 0;
  const textUntil = (end: number): void => {
    const between = text.subarray(at, end);
    if (/\S/.test(between.toString('latin1'))) pieces.push({ kind: 'text', text: between });
  };
  const outside = outsideOf(text.toString('latin1'), blocks);
  const whole = blocks.length === 1 && outside.trim() === '';
  for (const block of blocks.slice(0, BLOCKS_MAX)) {
    textUntil(block.start);
    pieces.push(await openBlock(block, text.subarray(block.start, block.end), request, whole));
    at = block.end;
  }
  textUntil(text.length);
  return { pieces, whole };
}

interface InlineBlock {
  readonly kind: 'message' | 'cleartext';
  readonly start: number;
  readonly end: number;
}

const MARK = /^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE)-----[ \t]*\r?$/gm;

function inlineBlocks(text: string): InlineBlock[] {
  const blocks: InlineBlock[] = [];
  MARK.lastIndex = 0;
  for (let mark = MARK.exec(text); mark; mark = MARK.exec(text)) {
    const cleartext = mark[1] === 'SIGNED MESSAGE';
    const endLine = cleartext ? '\n-----END PGP SIGNATURE-----' : '\n-----END PGP MESSAGE-----';
    const at = text.indexOf(endLine, MARK.lastIndex);
    if (at < 0) break;
    const end = at + endLine.length;
    blocks.push({ kind: cleartext ? 'cleartext' : 'message', start: mark.index, end });
    MARK.lastIndex = end;
  }
  return blocks;
}

function outsideOf(text: string, blocks: readonly InlineBlock[]): string {
  let at = 0;
  let outside = '';
  for (const { start, end } of blocks) {
    outside += text.slice(at, start);
    at = end;
  }
  return outside + text.slice(at);
}

async function openBlock(
  { kind }: InlineBlock,
  text: Buffer,
  request: Omit<OpenRequest, 'message'>,
  whole: boolean,
): Promise<InlinePiece> {
  if (kind === 'message') {
    const opening = await openOpenPgp({ ...request, message: text });
    const layers = opening.layers.map((layer) => (layer.kind === 'signed' ? { ...layer, whole } : layer));
    if (opening.kind === 'not-opened') return { kind: 'not-opened', text, layers };
    return { kind: 'opened', content: opening.content, charset: charsetOf(text), layers };
  }
  const signed = readCleartext(text.toString('latin1'));
  const { findSigners, atMs } = request;
  const layer = await verifyDetached({
    content: Buffer.from(signed?.signedText ?? '', 'latin1'),
    signature: signed?.signature ?? Buffer.alloc(0),
    findSigners,
    atMs,
    whole,
  });
  if (!signed) return { kind: 'not-opened', text, layers: [layer] };
  return {
    kind: 'opened',
    content: Buffer.from(`${signed.signedText}\r\n`, 'latin1'),
    charset: null,
    layers: [layer],
  };
}

function charsetOf(block: Buffer): string | null {
  const head = block.toString('latin1', 0, 2048).split(/\r?\n[ \t]*\r?\n/)[0] ?? '';
  return /^Charset:[ \t]*([\w.:-]{1,40})[ \t]*\r?$/im.exec(head)?.[1] ?? null;
}
