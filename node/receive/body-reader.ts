/**
 * Octets of a message as SMTP carries them → octets of the mail. Finds its end, undoes dot-stuffing, finds bare CR and LF.
 *
 * RFC 5321 §4.1.1.4, §4.5.2: only CRLF.CRLF ends a message. `\n.\n`, `\n.\r\n`, `\r.\r\n` and `\r\n.\n` do not: what
 * follows them is still the message, which is refused as a whole (threat 25). State survives any cut of the octets.
 */
type State = 'start' | 'text' | 'cr' | 'dot' | 'dot-cr';

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

export interface BodyPieces {
  /** Parts of the mail, in order; they alias the input. */
  readonly pieces: Uint8Array[];
  /** Offset behind CRLF.CRLF, -1 while the message goes on. */
  readonly end: number;
}

/** Sees the same octets in every cut; `bareLineEnd` says whether one was found up to now. */
export class BodyReader {
  bareLineEnd = false;
  #state: State = 'start';
  readonly #dots: boolean;

  /** `dots`: DATA, ended and stuffed by dots. Without: BDAT (RFC 3030), ended by count. */
  constructor(dots: boolean) {
    this.#dots = dots;
  }

  read(octets: Uint8Array): BodyPieces {
    const pieces: Uint8Array[] = [];
    let state = this.#state;
    let from = 0;
    const emit = (to: number): void => {
      if (to > from) pieces.push(octets.subarray(from, to));
    };
    for (let i = 0; i < octets.length; i += 1) {
      const octet = octets[i]!;
      if (state === 'text') {
        if (octet > CR) continue; // Nearly all octets of a mail.
        if (octet === CR) state = 'cr';
        else if (octet === LF) this.bareLineEnd = true;
      } else if (state === 'cr') {
        if (octet === LF) state = 'start';
        else state = this.#afterBareCr(octet);
      } else if (state === 'start') {
        if (octet === DOT && this.#dots) {
          emit(i);
          from = i + 1; // The dot is never part of the mail: it is stuffed, or the end.
          state = 'dot';
        } else state = this.#textFrom(octet);
      } else if (state === 'dot') {
        if (octet === CR) state = 'dot-cr';
        else state = this.#textFrom(octet);
      } else if (octet === LF) {
        this.#state = 'start';
        return { pieces, end: i + 1 };
      } else {
        state = this.#afterBareCr(octet);
      }
    }
    // A CR behind the dot is left out when the cut is there: either it ends the mail, or the mail is refused.
    emit(state === 'dot-cr' ? from : octets.length);
    this.#state = state;
    return { pieces, end: -1 };
  }

  /** At the end of a BDAT mail: a CR that nothing follows is bare. */
  finish(): void {
    if (this.#state === 'cr') this.bareLineEnd = true;
  }

  #afterBareCr(octet: number): State {
    this.bareLineEnd = true;
    return octet === CR ? 'cr' : 'text';
  }

  #textFrom(octet: number): State {
    if (octet === CR) return 'cr';
    if (octet === LF) this.bareLineEnd = true;
    return 'text';
  }
}
