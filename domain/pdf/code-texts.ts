/** The mail with the code that a partner enters behind the password, as second proof: that the mailbox is the partner's. */
import type { Language } from '#domain/people/mail-domain.ts';

interface CodeTexts {
  readonly subject: string;
  readonly text: (code: string, minutes: number) => string;
}

export const CODE_TEXTS: Record<Language, CodeTexts> = {
  en: {
    subject: 'Your code',
    text: (code, minutes) =>
      `Enter this code on the page where you have just entered the password:\n\n    ${code}\n\n` +
      `It is good for ${minutes} minutes, once. If you have not asked for it, somebody else knows the password of your PDF ` +
      'files: tell the sender by telephone.',
  },
  de: {
    subject: 'Ihr Code',
    text: (code, minutes) =>
      `Geben Sie diesen Code auf der Seite ein, auf der Sie gerade das Kennwort eingegeben haben:\n\n    ${code}\n\n` +
      `Er gilt ${minutes} Minuten, einmal. Wenn Sie ihn nicht angefordert haben, kennt jemand anderes das Kennwort Ihrer ` +
      'PDF-Dateien: Sagen Sie es dem Absender am Telefon.',
  },
  nl: {
    subject: 'Uw code',
    text: (code, minutes) =>
      `Vul deze code in op de pagina waar u zojuist het wachtwoord hebt ingevuld:\n\n    ${code}\n\n` +
      `Hij is ${minutes} minuten geldig, één keer. Als u hem niet hebt aangevraagd, kent iemand anders het wachtwoord van uw ` +
      'PDF-bestanden: vertel het de afzender telefonisch.',
  },
  fr: {
    subject: 'Votre code',
    text: (code, minutes) =>
      `Saisissez ce code sur la page où vous venez de saisir le mot de passe :\n\n    ${code}\n\n` +
      `Il est valable ${minutes} minutes, une fois. Si vous ne l’avez pas demandé, quelqu’un d’autre connaît le mot de passe de ` +
      'vos fichiers PDF : dites-le à l’expéditeur par téléphone.',
  },
};
