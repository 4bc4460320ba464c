/**
 * Texts that a partner reads around an encrypted PDF: the carrier mail, and the invitation to choose a password.
 * They name the sender's address and nothing of the content.
 */
import type { Language } from '#domain/people/mail-domain.ts';

interface CarrierTexts {
  readonly subject: (sender: string) => string;
  readonly text: (sender: string) => string;
  readonly reply: string;
  readonly noReply: string;
  readonly fileName: string;
}

export const CARRIER_TEXTS: Record<Language, CarrierTexts> = {
  en: {
    subject: (sender) => `Encrypted message from ${sender}`,
    text: (sender) =>
      `${sender} has sent you an encrypted message. It is in the attached PDF file, with all its attachments.\n\n` +
      'Open the file with the password that you know from the sender. It is the same for all messages from ' +
      'this sender. If you do not have it, ask the sender by telephone.',
    reply:
      'To answer, use the Reply button on the last page of the PDF file. A plain answer by mail is not encrypted.',
    noReply: 'A plain answer to this mail is not encrypted.',
    fileName: 'message.pdf',
  },
  de: {
    subject: (sender) => `Verschlüsselte Nachricht von ${sender}`,
    text: (sender) =>
      `${sender} hat Ihnen eine verschlüsselte Nachricht geschickt. Sie steht in der angehängten PDF-Datei, mit allen Anhängen.\n\n` +
      'Öffnen Sie die Datei mit dem Kennwort, das Sie vom Absender kennen. Es ist für alle Nachrichten dieses ' +
      'Absenders dasselbe. Wenn Sie es nicht haben, fragen Sie den Absender am Telefon.',
    reply:
      'Zum Antworten benutzen Sie den Knopf „Antworten“ auf der letzten Seite der PDF-Datei. Eine gewöhnliche Antwort per Mail ist nicht verschlüsselt.',
    noReply: 'Eine gewöhnliche Antwort auf diese Mail ist nicht verschlüsselt.',
    fileName: 'nachricht.pdf',
  },
  nl: {
    subject: (sender) => `Versleuteld bericht van ${sender}`,
    text: (sender) =>
      `${sender} heeft u een versleuteld bericht gestuurd. Het staat in het bijgevoegde PDF-bestand, met alle bijlagen.\n\n` +
      'Open het bestand met het wachtwoord dat u van de afzender kent. Het is voor alle berichten van deze ' +
      'afzender hetzelfde. Als u het niet hebt, vraag er de afzender telefonisch naar.',
    reply:
      'Om te antwoorden gebruikt u de knop ‘Beantwoorden’ op de laatste bladzijde van het PDF-bestand. Een gewoon antwoord per mail is niet versleuteld.',
    noReply: 'Een gewoon antwoord op deze mail is niet versleuteld.',
    fileName: 'bericht.pdf',
  },
  fr: {
    subject: (sender) => `Message chiffré de ${sender}`,
    text: (sender) =>
      `${sender} vous a envoyé un message chiffré. Il se trouve dans le fichier PDF joint, avec toutes ses pièces jointes.\n\n` +
      'Ouvrez le fichier avec le mot de passe que vous tenez de l’expéditeur. Il est le même pour tous les messages ' +
      'de cet expéditeur. Si vous ne l’avez pas, demandez-le à l’expéditeur par téléphone.',
    reply:
      'Pour répondre, utilisez le bouton « Répondre » à la dernière page du fichier PDF. Une réponse ordinaire par mail n’est pas chiffrée.',
    noReply: 'Une réponse ordinaire à ce mail n’est pas chiffrée.',
    fileName: 'message.pdf',
  },
};

interface InvitationTexts {
  readonly subject: (sender: string) => string;
  readonly reminder: (sender: string) => string;
  /** `until` is a day, `YYYY-MM-DD`. */
  readonly text: (sender: string, link: string, until: string) => string;
}

export const INVITATION_TEXTS: Record<Language, InvitationTexts> = {
  en: {
    subject: (sender) => `${sender} wants to send you an encrypted message`,
    reminder: (sender) => `Reminder: an encrypted message from ${sender} is waiting for you`,
    text: (sender, link, until) =>
      `${sender} has written an encrypted message to you. It is kept until you have chosen a password; then you get it ` +
      `as an encrypted PDF file.\n\nChoose your password here:\n${link}\n\n` +
      `After ${until} the message goes back to the sender. If you do not know the sender, you need not do anything.`,
  },
  de: {
    subject: (sender) => `${sender} möchte Ihnen eine verschlüsselte Nachricht senden`,
    reminder: (sender) => `Erinnerung: Eine verschlüsselte Nachricht von ${sender} wartet auf Sie`,
    text: (sender, link, until) =>
      `${sender} hat Ihnen eine verschlüsselte Nachricht geschrieben. Sie wird aufbewahrt, bis Sie ein Kennwort gewählt ` +
      `haben; dann bekommen Sie sie als verschlüsselte PDF-Datei.\n\nWählen Sie hier Ihr Kennwort:\n${link}\n\n` +
      `Nach dem ${until} geht die Nachricht an den Absender zurück. Wenn Sie den Absender nicht kennen, müssen Sie nichts tun.`,
  },
  nl: {
    subject: (sender) => `${sender} wil u een versleuteld bericht sturen`,
    reminder: (sender) => `Herinnering: een versleuteld bericht van ${sender} wacht op u`,
    text: (sender, link, until) =>
      `${sender} heeft u een versleuteld bericht geschreven. Het wordt bewaard tot u een wachtwoord hebt gekozen; dan ` +
      `krijgt u het als versleuteld PDF-bestand.\n\nKies hier uw wachtwoord:\n${link}\n\n` +
      `Na ${until} gaat het bericht terug naar de afzender. Als u de afzender niet kent, hoeft u niets te doen.`,
  },
  fr: {
    subject: (sender) => `${sender} souhaite vous envoyer un message chiffré`,
    reminder: (sender) => `Rappel : un message chiffré de ${sender} vous attend`,
    text: (sender, link, until) =>
      `${sender} vous a écrit un message chiffré. Il est conservé jusqu’à ce que vous ayez choisi un mot de passe ; vous ` +
      `le recevrez alors sous forme de fichier PDF chiffré.\n\nChoisissez votre mot de passe ici :\n${link}\n\n` +
      `Après le ${until}, le message retournera à l’expéditeur. Si vous ne connaissez pas l’expéditeur, vous n’avez rien à faire.`,
  },
};
