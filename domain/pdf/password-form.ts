/**
 * How a PDF password looks: made of random octets so that it can be read out on the telephone, and what one that a
 * person chose must be. Pure: the octets come from outside.
 */

import { saslPrep } from './saslprep.ts';

export type PasswordForm = 'groups' | 'words';

/** No password that we make is weaker (targets.md, Algorithms today). */
export const PASSWORD_BITS_MIN = 80;
export const PASSWORD_BITS_MAX = 256;

/** ISO 32000-2 §7.6.4.3.3, ISO 32000-1 §7.6.3.3: a reader looks at no more octets of a password. */
export const octetsMax = (encryption: 'aes-256' | 'aes-128'): number => (encryption === 'aes-256' ? 127 : 32);

/** Crockford's alphabet: no letter that looks or sounds like a digit; five bits a character. */
const GROUP_LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const GROUP_LENGTH = 4;

/** Proquints (Wilkerson 2009, arXiv:0901.4016): two octets a word of five letters that every European can say. */
const CONSONANTS = 'bdfghjklmnprstvz';
const VOWELS = 'aiou';
const WORD_OCTETS = 2;

/** How many random octets a password of this form and at least so many bits takes. */
export function octetsFor(form: PasswordForm, bits: number): number {
  if (form === 'words') return Math.ceil(bits / 8 / WORD_OCTETS) * WORD_OCTETS;
  return Math.ceil(bits / 5 / GROUP_LENGTH) * GROUP_LENGTH; // One octet a character, of which five bits are used.
}

/** `random` has `octetsFor` octets. Groups: `k7qm-2xwd-9hta-0vbe`; words: `lusab-babad-gutih-tugad-hapol`. */
export function passwordOf(form: PasswordForm, random: Uint8Array): string {
  const parts: string[] = [];
  if (form === 'words') {
    for (let at = 0; at < random.length; at += WORD_OCTETS) parts.push(wordOf(random[at]!, random[at + 1]!));
  } else {
    for (let at = 0; at < random.length; at += GROUP_LENGTH) {
      const octets = [...random.subarray(at, at + GROUP_LENGTH)];
      parts.push(octets.map((octet) => GROUP_LETTERS[octet & 31]).join(''));
    }
  }
  return parts.join('-');
}

function wordOf(high: number, low: number): string {
  const n = (high << 8) | low;
  const consonant = (shift: number): string => CONSONANTS[(n >> shift) & 15]!;
  const vowel = (shift: number): string => VOWELS[(n >> shift) & 3]!;
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}

/** Characters of a made password, hyphens included. */
export function lengthOf(form: PasswordForm, bits: number): number {
  return passwordOf(form, new Uint8Array(octetsFor(form, bits))).length;
}

export type PasswordProblem = 'too-short' | 'too-long' | 'odd-character' | 'too-simple' | 'names-a-person';

interface ChosenRules {
  readonly charactersMin: number;
  readonly encryption: 'aes-256' | 'aes-128';
}

/**
 * What is wrong with a password that a person chose; null when nothing is. It cannot be proven random, so it must be
 * long, of several characters, and hold neither party's name.
 */
export function problemOfChosen(
  password: string,
  { charactersMin, encryption }: ChosenRules,
  addresses: readonly string[],
): PasswordProblem | null {
  const prepared = saslPrep(password);
  // Controls, marks of direction, lone surrogates: no PDF can be opened with them, or nobody can enter them.
  if ('refused' in prepared) return prepared.refused === 'empty' ? 'too-short' : 'odd-character';
  const { text } = prepared;
  if (encryption === 'aes-128' && /[^\x20-\x7e\xa1-\xff]/.test(text)) return 'odd-character';
  if ([...text].length < charactersMin) return 'too-short';
  const octets = encryption === 'aes-128' ? text.length : new TextEncoder().encode(text).length;
  if (octets > octetsMax(encryption)) return 'too-long';
  const lower = password.toLowerCase();
  if (new Set(lower).size < Math.min(8, charactersMin) || /^(.{1,4})\1+$/u.test(lower)) return 'too-simple';
  const names = addresses.map((address) => address.slice(0, address.lastIndexOf('@')).toLowerCase());
  return names.some((name) => name.length >= 4 && lower.includes(name)) ? 'names-a-person' : null;
}

/**
 * The form in which two spellings of one password are compared. What we made is compared without case and separators:
 * it comes by telephone. What a person chose counts as it is, in the one form that RFC 4013 gives it; empty when it has
 * none.
 */
export function comparable(password: string, made: boolean): string {
  const prepared = saslPrep(password);
  const normal = 'text' in prepared ? prepared.text : '';
  return made ? normal.toLowerCase().replace(/[\s\-\u2010-\u2015]+/gu, '') : normal;
}
