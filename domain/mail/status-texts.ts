/**
 * What the reader is told about a mail's protection (features.md P12): subject tags and one report, English and German.
 */
import type { Language } from '#domain/mail/report-texts.ts';
import type { SignatureProblem } from '#domain/mail/verdict.ts';

export type StatusWord =
  | 'decrypted-verified'
  | 'verified'
  | 'decrypted-not-verified'
  | 'not-verified'
  | 'decrypted'
  | 'not-opened';

export const SUBJECT_TAGS: Record<Language, Record<StatusWord, string>> = {
  en: {
    'decrypted-verified': '[encrypted, signature valid]',
    verified: '[signature valid]',
    'decrypted-not-verified': '[encrypted, signature NOT valid]',
    'not-verified': '[signature NOT valid]',
    decrypted: '[encrypted]',
    'not-opened': '[could not be decrypted]',
  },
  de: {
    'decrypted-verified': '[verschlüsselt, Signatur gültig]',
    verified: '[Signatur gültig]',
    'decrypted-not-verified': '[verschlüsselt, Signatur NICHT gültig]',
    'not-verified': '[Signatur NICHT gültig]',
    decrypted: '[verschlüsselt]',
    'not-opened': '[nicht entschlüsselt]',
  },
};

interface StatusTexts {
  readonly opened: string;
  readonly notOpened: string;
  /** Behind `notOpened`: the rule book's switch for its cipher is off. */
  readonly weakCipher: string;
  readonly notAuthenticated: string;
  readonly valid: string;
  readonly notVerified: string;
  readonly noSignature: string;
  readonly weak: string;
  readonly problems: Record<SignatureProblem, string>;
}

export const STATUS_TEXTS: Record<Language, StatusTexts> = {
  en: {
    opened: 'The message was encrypted.',
    notOpened: 'The message is encrypted and could not be decrypted here.',
    weakCipher: 'Its cipher is so weak that the gateway does not open it.',
    notAuthenticated: 'Its encryption does not protect against changes.',
    valid: 'Valid signature of the sender:',
    notVerified: 'The signature is NOT valid:',
    noSignature: 'The message is not signed.',
    weak: 'Weak algorithms:',
    problems: {
      'bytes-altered': 'the message was changed after signing',
      'no-signer': 'the signature names no signer',
      'several-signers': 'there are several signers',
      'embedded-and-detached': 'the signature holds a second content',
      'signer-certificate-missing': "the signer's certificate is missing",
      'signer-key-unknown': "the signer's key is not known here",
      'not-trusted': 'the signer is not trusted here',
      expired: 'the certificate or key was not valid at that time',
      revoked: 'the certificate or key is revoked',
      'revocation-unknown': 'it is not known whether the certificate is revoked',
      'wrong-usage': 'the certificate is not for signing mail',
      'address-mismatch': 'the signer is not the sender',
      'from-ambiguous': 'the message has no unambiguous sender',
      'part-only': 'only a part of the message is signed',
      'weak-algorithm': 'it was made with a weak algorithm',
      'forbidden-algorithm': 'it was made with an unsafe algorithm',
      malformed: 'the signature cannot be read',
      unsupported: 'this kind of signature is not supported',
    },
  },
  de: {
    opened: 'Die Nachricht war verschlüsselt.',
    notOpened: 'Die Nachricht ist verschlüsselt und konnte hier nicht entschlüsselt werden.',
    weakCipher: 'Ihr Verfahren ist so schwach, dass das Gateway sie nicht öffnet.',
    notAuthenticated: 'Ihre Verschlüsselung schützt nicht vor Änderungen.',
    valid: 'Gültige Signatur des Absenders:',
    notVerified: 'Die Signatur ist NICHT gültig:',
    noSignature: 'Die Nachricht ist nicht signiert.',
    weak: 'Schwache Verfahren:',
    problems: {
      'bytes-altered': 'die Nachricht wurde nach dem Signieren geändert',
      'no-signer': 'die Signatur nennt keinen Unterzeichner',
      'several-signers': 'es gibt mehrere Unterzeichner',
      'embedded-and-detached': 'die Signatur enthält einen zweiten Inhalt',
      'signer-certificate-missing': 'das Zertifikat des Unterzeichners fehlt',
      'signer-key-unknown': 'der Schlüssel des Unterzeichners ist hier nicht bekannt',
      'not-trusted': 'dem Unterzeichner wird hier nicht vertraut',
      expired: 'Zertifikat oder Schlüssel war zu dieser Zeit nicht gültig',
      revoked: 'Zertifikat oder Schlüssel ist gesperrt',
      'revocation-unknown': 'ob das Zertifikat gesperrt ist, ist nicht bekannt',
      'wrong-usage': 'das Zertifikat ist nicht zum Signieren von Mail bestimmt',
      'address-mismatch': 'der Unterzeichner ist nicht der Absender',
      'from-ambiguous': 'die Nachricht hat keinen eindeutigen Absender',
      'part-only': 'nur ein Teil der Nachricht ist signiert',
      'weak-algorithm': 'sie wurde mit einem schwachen Verfahren erstellt',
      'forbidden-algorithm': 'sie wurde mit einem unsicheren Verfahren erstellt',
      malformed: 'die Signatur ist nicht lesbar',
      unsupported: 'diese Art von Signatur wird nicht unterstützt',
    },
  },
};
