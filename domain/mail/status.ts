/**
 * The status for the reader, which nobody outside can fake (features.md P12, threats 10, 14).
 *
 * Ours: `X-Sealgate-Status`, words for programs with a MAC; `X-Sealgate-Report`, a sentence for people; by setting a
 * tag in front of the subject. From every foreign mail, whatever looks like one of these is removed before.
 *
 * What the MAC covers, UTF-8: the line `sealgate-status 1`, the line of the status words as they stand before `; mac=`,
 * then a line `name:value` for each Message-ID, From and Date of the mail in order (unfolded); each line ends with LF.
 */
import { Buffer } from 'node:buffer';
import { type HeaderEdit, replaceNamed } from '#domain/mail/rewrite.ts';
import { STATUS_TEXTS, type StatusWord, SUBJECT_TAGS } from '#domain/mail/status-texts.ts';
import { cleanLine, subjectOf } from '#domain/mail/subject.ts';
import type { LayerReport, Verdict } from '#domain/mail/verdict.ts';
import { structuredField, textField } from '#domain/mime/header.ts';
import { utf8Bytes } from '#domain/mime/text.ts';
import type { MimeEntity } from '#domain/mime/tree.ts';
import type { Language } from '#domain/people/mail-domain.ts';

interface StatusFacts {
  /** The mail as it will leave, cleaned of forgeries. */
  readonly entity: MimeEntity;
  readonly verdict: Verdict;
  readonly tagSubject: boolean;
  readonly spoolId: string;
  readonly language?: Language;
  /** HMAC under the key for this purpose. */
  mac(data: Uint8Array): Promise<Uint8Array>;
}

/** The edits that put our status into the mail; none for a mail that was not protected. */
export async function statusEdits(facts: StatusFacts): Promise<HeaderEdit[]> {
  const { entity, verdict } = facts;
  const language = facts.language ?? 'en';
  const word = statusWord(verdict);
  if (word === null) return [];
  const line = statusLine(word, verdict, facts.spoolId);
  const mac = Buffer.from(await facts.mac(macInput(line, entity))).toString('base64');
  const edits: HeaderEdit[] = [
    { kind: 'append', bytes: structuredField('X-Sealgate-Status', `${line}; mac=${mac}`) },
    { kind: 'append', bytes: textField('X-Sealgate-Report', statusText(verdict, language)) },
  ];
  if (!facts.tagSubject) return edits;
  const subject = `${SUBJECT_TAGS[language][word]} ${subjectOf(entity.header)}`.trim();
  return [...edits, ...replaceNamed(entity.header, 'subject', textField('Subject', cleanLine(subject)))];
}

function statusWord(verdict: Verdict): StatusWord | null {
  const { signature, encryption } = verdict;
  if (encryption === 'not-opened') return 'not-opened';
  if (encryption === 'opened') {
    if (signature === 'none') return 'decrypted';
    return signature === 'valid' ? 'decrypted-verified' : 'decrypted-not-verified';
  }
  if (signature === 'none') return null;
  return signature === 'valid' ? 'verified' : 'not-verified';
}

/** Words for programs: ASCII, nothing from the mail but the signer's address and fingerprint. */
function statusLine(word: StatusWord, verdict: Verdict, spoolId: string): string {
  const parts = [`v=1; id=${asToken(spoolId)}; status=${word}`];
  parts.push(`signature=${verdict.signature}; encryption=${verdict.encryption}`);
  if (verdict.problem !== null) parts.push(`problem=${verdict.problem}`);
  if (verdict.signer !== null) {
    const address = verdict.signer.addresses[0];
    if (address !== undefined) parts.push(`signer=${asToken(address)}`);
    parts.push(`fingerprint=${asToken(verdict.signer.fingerprint)}`);
  }
  for (const algorithm of weakAlgorithms(verdict)) parts.push(`weak=${asToken(algorithm)}`);
  return parts.join('; ');
}

/** Percent-encoded where it could end the word or the line. */
const asToken = (text: string): string =>
  Array.from(Buffer.from(text.slice(0, 300), 'utf8'), (octet) => {
    const c = String.fromCharCode(octet);
    return /[\w.@+:/-]/.test(c) ? c : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');

function macInput(line: string, entity: MimeEntity): Uint8Array {
  const bound = entity.header.fields.filter((field) => /^(?:message-id|from|date)$/.test(field.key));
  const lines = ['sealgate-status 1', line, ...bound.map((field) => `${field.key}:${field.value}`)];
  return utf8Bytes(lines.map((text) => `${text}\n`).join(''));
}

function weakAlgorithms(verdict: Verdict): string[] {
  return [...new Set(verdict.layers.flatMap((layer) => (layer.kind === 'compressed' ? [] : layer.weak)))];
}

/** One paragraph for people; empty for a mail without protection. */
function statusText(verdict: Verdict, language: Language): string {
  const texts = STATUS_TEXTS[language];
  const sentences: string[] = [];
  if (verdict.encryption === 'opened') sentences.push(texts.opened);
  if (verdict.encryption === 'not-opened') sentences.push(texts.notOpened);
  const isClosed = (l: LayerReport) => l.kind === 'encrypted' && l.reason === 'weak-cipher';
  if (verdict.layers.some(isClosed)) sentences.push(texts.weakCipher);
  const open = verdict.layers.some(
    (l) => l.kind === 'encrypted' && l.outcome === 'opened' && !l.authenticated,
  );
  // A valid signature inside says more than authenticated encryption would.
  if (open && verdict.signature !== 'valid') sentences.push(texts.notAuthenticated);
  if (verdict.signature === 'valid') {
    const signer = verdict.signer;
    const who = signer === null ? '' : `${signer.addresses[0] ?? ''} (${signer.name})`;
    sentences.push(`${texts.valid} ${who}.`);
  } else if (verdict.signature === 'not-verified') {
    sentences.push(`${texts.notVerified} ${texts.problems[verdict.problem ?? 'malformed']}.`);
  } else if (verdict.encryption === 'opened') sentences.push(texts.noSignature);
  const weak = weakAlgorithms(verdict);
  if (weak.length > 0) sentences.push(`${texts.weak} ${weak.join(', ')}.`);
  return cleanLine(sentences.join(' '));
}
