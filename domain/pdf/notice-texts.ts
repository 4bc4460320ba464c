/** Texts of the notices to senders about PDF mails, in four languages; they name no host, policy or setting. */
import type { Language } from '#domain/people/mail-domain.ts';
import type { PasswordProblem } from './password-form.ts';

interface NoticeTexts {
  readonly subject: string;
  readonly passwordSubject: string;
  readonly greeting: (date: string) => string;
  readonly pdf: string;
  readonly password: (password: string) => string;
  readonly passwordIs: Readonly<Record<'known' | 'messenger' | 'chosen' | 'stated', string>>;
  readonly ends: Readonly<
    Record<'smime' | 'openpgp' | 'clear' | 'returned' | 'held' | 'deleted' | 'waiting', string>
  >;
  readonly registration: (until: string) => string;
  readonly howToTell: string;
  readonly statedRefused: Readonly<Record<PasswordProblem, string>>;
  readonly closing: string;
}

export const NOTICE_TEXTS: Record<Language, NoticeTexts> = {
  en: {
    subject: 'Your encrypted message',
    passwordSubject: 'Password for your encrypted message',
    greeting: (date) =>
      `This is the mail gateway. Your message of ${date} was processed; this is what each recipient gets:`,
    pdf: 'Encrypted PDF.',
    password: (password) => `Password: ${password}`,
    passwordIs: {
      known: 'The recipient knows the password.',
      messenger: 'The password was handed to the messenger service.',
      chosen: 'The recipient chose the password.',
      stated: 'With the password that you stated.',
    },
    ends: {
      smime: 'Encrypted with S/MIME.',
      openpgp: 'Encrypted with OpenPGP.',
      clear: 'Not encrypted.',
      returned: 'Not sent; a report follows.',
      held: 'Held by the gateway; an operator decides.',
      deleted: 'Not sent.',
      waiting: 'Encrypted PDF; it leaves as soon as a password can be made. You need not do anything.',
    },
    registration: (until) =>
      `The recipient was asked to choose a password. The message waits, and comes back to you after ${until}.`,
    howToTell:
      'Tell the recipient the password by telephone, never by mail. It stays the same for all your messages to this recipient.',
    statedRefused: {
      'too-short': 'The password in your subject was not used: it is too short.',
      'too-long': 'The password in your subject was not used: it is too long.',
      'odd-character':
        'The password in your subject was not used: it has a character that not every program can enter.',
      'too-simple': 'The password in your subject was not used: it is too simple.',
      'names-a-person': 'The password in your subject was not used: it contains a name.',
    },
    closing: 'The content of your message is not repeated here.',
  },
  de: {
    subject: 'Ihre verschlüsselte Nachricht',
    passwordSubject: 'Kennwort für Ihre verschlüsselte Nachricht',
    greeting: (date) =>
      `Dies ist das Mail-Gateway. Ihre Nachricht vom ${date} wurde bearbeitet; das bekommt jeder Empfänger:`,
    pdf: 'Verschlüsseltes PDF.',
    password: (password) => `Kennwort: ${password}`,
    passwordIs: {
      known: 'Der Empfänger kennt das Kennwort.',
      messenger: 'Das Kennwort wurde dem Botendienst übergeben.',
      chosen: 'Der Empfänger hat das Kennwort gewählt.',
      stated: 'Mit dem Kennwort, das Sie angegeben haben.',
    },
    ends: {
      smime: 'Mit S/MIME verschlüsselt.',
      openpgp: 'Mit OpenPGP verschlüsselt.',
      clear: 'Nicht verschlüsselt.',
      returned: 'Nicht gesendet; ein Bericht folgt.',
      held: 'Vom Gateway angehalten; ein Administrator entscheidet.',
      deleted: 'Nicht gesendet.',
      waiting:
        'Verschlüsseltes PDF; es geht hinaus, sobald ein Kennwort gemacht werden kann. Sie müssen nichts tun.',
    },
    registration: (until) =>
      `Der Empfänger wurde gebeten, ein Kennwort zu wählen. Die Nachricht wartet und kommt nach dem ${until} zu Ihnen zurück.`,
    howToTell:
      'Sagen Sie dem Empfänger das Kennwort am Telefon, nie per Mail. Es bleibt für alle Ihre Nachrichten an diesen Empfänger dasselbe.',
    statedRefused: {
      'too-short': 'Das Kennwort in Ihrem Betreff wurde nicht benutzt: Es ist zu kurz.',
      'too-long': 'Das Kennwort in Ihrem Betreff wurde nicht benutzt: Es ist zu lang.',
      'odd-character':
        'Das Kennwort in Ihrem Betreff wurde nicht benutzt: Es hat ein Zeichen, das nicht jedes Programm eingeben kann.',
      'too-simple': 'Das Kennwort in Ihrem Betreff wurde nicht benutzt: Es ist zu einfach.',
      'names-a-person': 'Das Kennwort in Ihrem Betreff wurde nicht benutzt: Es enthält einen Namen.',
    },
    closing: 'Der Inhalt Ihrer Nachricht wird hier nicht wiederholt.',
  },
  nl: {
    subject: 'Uw versleutelde bericht',
    passwordSubject: 'Wachtwoord voor uw versleutelde bericht',
    greeting: (date) =>
      `Dit is de mailgateway. Uw bericht van ${date} is verwerkt; dit krijgt elke ontvanger:`,
    pdf: 'Versleutelde PDF.',
    password: (password) => `Wachtwoord: ${password}`,
    passwordIs: {
      known: 'De ontvanger kent het wachtwoord.',
      messenger: 'Het wachtwoord is aan de bodedienst gegeven.',
      chosen: 'De ontvanger heeft het wachtwoord gekozen.',
      stated: 'Met het wachtwoord dat u hebt opgegeven.',
    },
    ends: {
      smime: 'Versleuteld met S/MIME.',
      openpgp: 'Versleuteld met OpenPGP.',
      clear: 'Niet versleuteld.',
      returned: 'Niet verzonden; een rapport volgt.',
      held: 'Door de gateway vastgehouden; een beheerder beslist.',
      deleted: 'Niet verzonden.',
      waiting:
        'Versleutelde PDF; deze vertrekt zodra er een wachtwoord gemaakt kan worden. U hoeft niets te doen.',
    },
    registration: (until) =>
      `De ontvanger is gevraagd een wachtwoord te kiezen. Het bericht wacht en komt na ${until} bij u terug.`,
    howToTell:
      'Geef de ontvanger het wachtwoord telefonisch door, nooit per mail. Het blijft voor al uw berichten aan deze ontvanger hetzelfde.',
    statedRefused: {
      'too-short': 'Het wachtwoord in uw onderwerp is niet gebruikt: het is te kort.',
      'too-long': 'Het wachtwoord in uw onderwerp is niet gebruikt: het is te lang.',
      'odd-character':
        'Het wachtwoord in uw onderwerp is niet gebruikt: het heeft een teken dat niet elk programma kan invoeren.',
      'too-simple': 'Het wachtwoord in uw onderwerp is niet gebruikt: het is te eenvoudig.',
      'names-a-person': 'Het wachtwoord in uw onderwerp is niet gebruikt: het bevat een naam.',
    },
    closing: 'De inhoud van uw bericht wordt hier niet herhaald.',
  },
  fr: {
    subject: 'Votre message chiffré',
    passwordSubject: 'Mot de passe de votre message chiffré',
    greeting: (date) =>
      `Ceci est la passerelle de messagerie. Votre message du ${date} a été traité ; voici ce que reçoit chaque destinataire :`,
    pdf: 'PDF chiffré.',
    password: (password) => `Mot de passe : ${password}`,
    passwordIs: {
      known: 'Le destinataire connaît le mot de passe.',
      messenger: 'Le mot de passe a été remis au service de messagerie externe.',
      chosen: 'Le destinataire a choisi le mot de passe.',
      stated: 'Avec le mot de passe que vous avez indiqué.',
    },
    ends: {
      smime: 'Chiffré avec S/MIME.',
      openpgp: 'Chiffré avec OpenPGP.',
      clear: 'Non chiffré.',
      returned: 'Non envoyé ; un rapport suit.',
      held: 'Retenu par la passerelle ; un administrateur décide.',
      deleted: 'Non envoyé.',
      waiting: 'PDF chiffré ; il part dès qu’un mot de passe peut être créé. Vous n’avez rien à faire.',
    },
    registration: (until) =>
      `Le destinataire a été invité à choisir un mot de passe. Le message attend et vous reviendra après le ${until}.`,
    howToTell:
      'Donnez le mot de passe au destinataire par téléphone, jamais par mail. Il reste le même pour tous vos messages à ce destinataire.',
    statedRefused: {
      'too-short': 'Le mot de passe de votre objet n’a pas été utilisé : il est trop court.',
      'too-long': 'Le mot de passe de votre objet n’a pas été utilisé : il est trop long.',
      'odd-character':
        'Le mot de passe de votre objet n’a pas été utilisé : il contient un caractère que tous les programmes ne savent pas saisir.',
      'too-simple': 'Le mot de passe de votre objet n’a pas été utilisé : il est trop simple.',
      'names-a-person': 'Le mot de passe de votre objet n’a pas été utilisé : il contient un nom.',
    },
    closing: 'Le contenu de votre message n’est pas répété ici.',
  },
};
