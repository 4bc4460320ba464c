/**
 * The answer as a mail, made while it is uploaded: a text part, then each file, in pieces that never hold a whole file.
 *
 * Every field goes through the one serialiser that refuses CR and LF (threat 31); a file's name is only ever a parameter
 * of the part, never a path.
 */
import { dateText } from '#domain/mail/date-text.ts';
import { encodeBase64 } from '#domain/mime/base64.ts';
import { structuredField, textField } from '#domain/mime/header.ts';
import { formatParameter } from '#domain/mime/parameters.ts';
import { encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { asciiBytes, utf8Bytes } from '#domain/mime/text.ts';

const LINE_OCTETS = 57; // Of base64: pieces of whole lines join to one encoding.
const NAME_CHARS_MAX = 200; // Longer than any real file name; keeps the field short.
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/;

export interface AnswerFacts {
  /** The partner. */
  readonly from: string;
  readonly to: string;
  /** Of the mail that is answered. */
  readonly subject: string;
  /** With angle brackets, or empty. */
  readonly inReplyTo: string;
  readonly messageId: string;
  readonly atMs: number;
  readonly boundary: string;
}

export class AnswerMail {
  readonly #facts: AnswerFacts;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(facts: AnswerFacts) {
    this.#facts = facts;
  }

  /** Fields and the text. */
  begin(message: string): Uint8Array {
    const { from, to, subject, inReplyTo, messageId, atMs, boundary } = this.#facts;
    const again = /^(re|aw|antw|réf?) ?:/i.test(subject);
    const references = /^<[^<>\s]{1,300}>$/.test(inReplyTo) ? inReplyTo : '';
    const text = message.toWellFormed().replace(/\r\n|\r|\n/g, '\r\n');
    return Buffer.concat([
      structuredField('From', `<${from}>`),
      structuredField('To', `<${to}>`),
      textField('Subject', oneLine(again ? subject : `Re: ${subject}`)),
      structuredField('Date', dateText(atMs)),
      structuredField('Message-ID', messageId),
      ...(references === ''
        ? []
        : [structuredField('In-Reply-To', references), structuredField('References', references)]),
      structuredField('MIME-Version', '1.0'),
      structuredField('Content-Type', `multipart/mixed; ${formatParameter('boundary', boundary)}`),
      asciiBytes(`\r\n--${boundary}\r\n`),
      structuredField('Content-Type', 'text/plain; charset=utf-8'),
      structuredField('Content-Transfer-Encoding', 'quoted-printable'),
      asciiBytes('\r\n'),
      ...encodeQuotedPrintable([utf8Bytes(text)]),
    ]);
  }

  beginFile(givenName: string, givenType: string): Uint8Array {
    const name = fileName(givenName);
    const lower = givenType.toLowerCase();
    const type =
      TYPE.test(lower) && !/^(multipart|message)\//.test(lower) ? lower : 'application/octet-stream';
    return Buffer.concat([
      asciiBytes(`\r\n--${this.#facts.boundary}\r\n`),
      structuredField('Content-Type', type),
      structuredField('Content-Disposition', `attachment; ${formatParameter('filename', name)}`),
      structuredField('Content-Transfer-Encoding', 'base64'),
      asciiBytes('\r\n'),
    ]);
  }

  piece(bytes: Uint8Array): Uint8Array {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const whole = all.length - (all.length % LINE_OCTETS);
    this.#rest = Buffer.from(all.subarray(whole));
    return Buffer.concat([...encodeBase64([all.subarray(0, whole)])]);
  }

  endFile(): Uint8Array {
    const last = Buffer.concat([...encodeBase64([this.#rest])]);
    this.#rest = new Uint8Array(0);
    return last;
  }

  end(): Uint8Array {
    return asciiBytes(`\r\n--${this.#facts.boundary}--\r\n`);
  }
}

/** What an answer is called by the mails it becomes; the mail line reads it, too. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** The last part of whatever path a browser gave, without what could mislead: controls, marks that turn the direction. */
function fileName(given: string): string {
  const last = given.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const plain = last.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '').trim();
  const cut = [...plain].slice(0, NAME_CHARS_MAX).join('');
  return cut === '' || /^\.+$/.test(cut) ? 'file' : cut;
}
