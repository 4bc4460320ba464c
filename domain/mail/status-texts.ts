/**
 * What the reader is told about a mail's protection (features.md P12): subject tags and one report.
 */
import type { SignatureProblem } from '#domain/mail/verdict.ts';
import type { Language } from '#domain/people/mail-domain.ts';

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
  nl: {
    'decrypted-verified': '[versleuteld, handtekening geldig]',
    verified: '[handtekening geldig]',
    'decrypted-not-verified': '[versleuteld, handtekening NIET geldig]',
    'not-verified': '[handtekening NIET geldig]',
    decrypted: '[versleuteld]',
    'not-opened': '[niet ontsleuteld]',
  },
  fr: {
    'decrypted-verified': '[chiffré, signature valide]',
    verified: '[signature valide]',
    'decrypted-not-verified': '[chiffré, signature NON valide]',
    'not-verified': '[signature NON valide]',
    decrypted: '[chiffré]',
    'not-opened': '[non déchiffré]',
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
  nl: {
    opened: 'Het bericht was versleuteld.',
    notOpened: 'Het bericht is versleuteld en kon hier niet worden ontsleuteld.',
    weakCipher: 'Het algoritme is zo zwak dat de gateway het niet opent.',
    notAuthenticated: 'De versleuteling beschermt niet tegen wijzigingen.',
    valid: 'Geldige handtekening van de afzender:',
    notVerified: 'De handtekening is NIET geldig:',
    noSignature: 'Het bericht is niet ondertekend.',
    weak: 'Zwakke algoritmen:',
    problems: {
      'bytes-altered': 'het bericht is na het ondertekenen gewijzigd',
      'no-signer': 'de handtekening noemt geen ondertekenaar',
      'several-signers': 'er zijn meerdere ondertekenaars',
      'embedded-and-detached': 'de handtekening bevat een tweede inhoud',
      'signer-certificate-missing': 'het certificaat van de ondertekenaar ontbreekt',
      'signer-key-unknown': 'de sleutel van de ondertekenaar is hier niet bekend',
      'not-trusted': 'de ondertekenaar wordt hier niet vertrouwd',
      expired: 'het certificaat of de sleutel was op dat moment niet geldig',
      revoked: 'het certificaat of de sleutel is ingetrokken',
      'revocation-unknown': 'het is niet bekend of het certificaat is ingetrokken',
      'wrong-usage': 'het certificaat is niet bedoeld om mail te ondertekenen',
      'address-mismatch': 'de ondertekenaar is niet de afzender',
      'from-ambiguous': 'het bericht heeft geen eenduidige afzender',
      'part-only': 'alleen een deel van het bericht is ondertekend',
      'weak-algorithm': 'zij is met een zwak algoritme gemaakt',
      'forbidden-algorithm': 'zij is met een onveilig algoritme gemaakt',
      malformed: 'de handtekening is niet leesbaar',
      unsupported: 'dit soort handtekening wordt niet ondersteund',
    },
  },
  fr: {
    opened: 'Le message était chiffré.',
    notOpened: 'Le message est chiffré et n’a pas pu être déchiffré ici.',
    weakCipher: 'Son algorithme est si faible que la passerelle ne l’ouvre pas.',
    notAuthenticated: 'Son chiffrement ne protège pas contre les modifications.',
    valid: 'Signature valide de l’expéditeur :',
    notVerified: 'La signature n’est PAS valide :',
    noSignature: 'Le message n’est pas signé.',
    weak: 'Algorithmes faibles :',
    problems: {
      'bytes-altered': 'le message a été modifié après la signature',
      'no-signer': 'la signature ne nomme aucun signataire',
      'several-signers': 'il y a plusieurs signataires',
      'embedded-and-detached': 'la signature contient un second contenu',
      'signer-certificate-missing': 'le certificat du signataire manque',
      'signer-key-unknown': 'la clé du signataire n’est pas connue ici',
      'not-trusted': 'le signataire n’est pas de confiance ici',
      expired: 'le certificat ou la clé n’était pas valide à ce moment',
      revoked: 'le certificat ou la clé est révoqué',
      'revocation-unknown': 'on ne sait pas si le certificat est révoqué',
      'wrong-usage': 'le certificat n’est pas destiné à signer des messages',
      'address-mismatch': 'le signataire n’est pas l’expéditeur',
      'from-ambiguous': 'le message n’a pas d’expéditeur univoque',
      'part-only': 'seule une partie du message est signée',
      'weak-algorithm': 'elle a été faite avec un algorithme faible',
      'forbidden-algorithm': 'elle a été faite avec un algorithme non sûr',
      malformed: 'la signature est illisible',
      unsupported: 'ce type de signature n’est pas pris en charge',
    },
  },
};
