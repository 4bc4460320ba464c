/**
 * SASLprep (RFC 4013, a profile of stringprep, RFC 3454): the one form of a password that every reader derives a key from.
 *
 * "ﬁ" and "fi", a no-break space and a space, composed and decomposed accents become the same octets. What no keyboard
 * makes (controls, unassigned use, hidden marks of direction) is refused, also CR and LF (threat 31).
 */
type PasswordRefusal = 'empty' | 'prohibited' | 'mixed-direction';

export type PreparedPassword = { readonly text: string } | { readonly refused: PasswordRefusal };

/** RFC 3454 C.1.2: becomes a space. */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
/** RFC 3454 B.1: becomes nothing. */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200c\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/g;
/** RFC 3454 C.2.1, C.2.2, C.3 to C.9; U+FFFD stands for octets that were no text. */
const PROHIBITED = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u06dd\\u070f\\u180e\\u2028\\u2029\\u2061-\\u2063\\ufff9-\\ufffd]',
    '[\\p{Co}\\p{Cs}\\p{Noncharacter_Code_Point}]',
    '[\\u2ff0-\\u2ffb\\u0340\\u0341\\u200e\\u200f\\u202a-\\u202e\\u206a-\\u206f]',
    '[\\u{1d173}-\\u{1d17a}\\u{e0001}\\u{e0020}-\\u{e007f}]',
  ].join('|'),
  'u',
);
const RIGHT_TO_LEFT =
  '\\p{Script=Hebrew}\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Thaana}\\p{Script=Nko}';
const RIGHT = new RegExp(`(?=\\p{L})[${RIGHT_TO_LEFT}]`, 'u');
const LEFT = new RegExp(`(?=\\p{L})[^${RIGHT_TO_LEFT}]`, 'u');

/** The password in its one form, or why it cannot be one. */
export function saslPrep(password: string): PreparedPassword {
  const text = password.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  if (text === '') return { refused: 'empty' };
  if (PROHIBITED.test(text)) return { refused: 'prohibited' };
  return RIGHT.test(text) && !staysRight(text) ? { refused: 'mixed-direction' } : { text };
}

/** RFC 3454 §6: nothing left-to-right beside right-to-left, which stands first and last. */
function staysRight(text: string): boolean {
  const characters = [...text];
  return !LEFT.test(text) && RIGHT.test(characters[0]!) && RIGHT.test(characters.at(-1)!);
}
