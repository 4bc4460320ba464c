/**
 * The words of a PDF where a company has not written its own, in four languages.
 */
import type { PdfLanguage, PdfTemplate, PdfTexts } from '#domain/pdf/template.ts';

const TEXTS: Readonly<Record<PdfLanguage, PdfTexts>> = {
  en: {
    coverTitle: 'A confidential message for you',
    cover:
      '{sender} has sent you a message that only you can read. You have opened it with the password you share with the sender.\n\nThe message starts on the next page. Attachments are inside this document: look for the paper clip or the list of attachments in your PDF program.',
    lastTitle: 'Would you like to answer?',
    last: 'Please do not answer by ordinary e-mail: it can be read on its way. Press the button below. It opens a protected page in your browser, where you sign in with the password of this document, write your answer and add files.',
    replyButton: 'Reply securely',
    replyHint: 'The button works until {until}. After that, please ask the sender for a new message.',
    footer: '{company} · confidential',
  },
  de: {
    coverTitle: 'Eine vertrauliche Nachricht für Sie',
    cover:
      '{sender} hat Ihnen eine Nachricht gesendet, die nur Sie lesen können. Sie haben sie mit dem Kennwort geöffnet, das Sie mit dem Absender teilen.\n\nDie Nachricht beginnt auf der nächsten Seite. Anlagen liegen in diesem Dokument: Ihr PDF-Programm zeigt sie bei der Büroklammer oder in der Liste der Anlagen.',
    lastTitle: 'Möchten Sie antworten?',
    last: 'Bitte antworten Sie nicht mit einer gewöhnlichen E-Mail: Sie kann unterwegs gelesen werden. Drücken Sie auf die Schaltfläche. Sie öffnet eine geschützte Seite in Ihrem Browser, auf der Sie sich mit dem Kennwort dieses Dokuments anmelden, Ihre Antwort schreiben und Dateien hinzufügen.',
    replyButton: 'Sicher antworten',
    replyHint: 'Die Schaltfläche gilt bis {until}. Danach bitten Sie den Absender um eine neue Nachricht.',
    footer: '{company} · vertraulich',
  },
  nl: {
    coverTitle: 'Een vertrouwelijk bericht voor u',
    cover:
      '{sender} heeft u een bericht gestuurd dat alleen u kunt lezen. U hebt het geopend met het wachtwoord dat u met de afzender deelt.\n\nHet bericht begint op de volgende pagina. Bijlagen zitten in dit document: uw pdf-programma toont ze bij de paperclip of in de lijst met bijlagen.',
    lastTitle: 'Wilt u antwoorden?',
    last: 'Antwoord alstublieft niet met een gewone e-mail: die kan onderweg worden gelezen. Druk op de knop hieronder. Die opent een beveiligde pagina in uw browser, waar u zich aanmeldt met het wachtwoord van dit document, uw antwoord schrijft en bestanden toevoegt.',
    replyButton: 'Veilig antwoorden',
    replyHint: 'De knop werkt tot {until}. Vraag de afzender daarna om een nieuw bericht.',
    footer: '{company} · vertrouwelijk',
  },
  fr: {
    coverTitle: 'Un message confidentiel pour vous',
    cover:
      '{sender} vous a envoyé un message que vous seul pouvez lire. Vous l’avez ouvert avec le mot de passe que vous partagez avec l’expéditeur.\n\nLe message commence à la page suivante. Les pièces jointes se trouvent dans ce document : votre lecteur PDF les montre avec le trombone ou dans la liste des pièces jointes.',
    lastTitle: 'Souhaitez-vous répondre ?',
    last: 'Veuillez ne pas répondre par un e-mail ordinaire : il peut être lu en chemin. Appuyez sur le bouton ci-dessous. Il ouvre une page protégée dans votre navigateur, où vous vous connectez avec le mot de passe de ce document, écrivez votre réponse et ajoutez des fichiers.',
    replyButton: 'Répondre en sécurité',
    replyHint: 'Le bouton fonctionne jusqu’au {until}. Ensuite, demandez un nouveau message à l’expéditeur.',
    footer: '{company} · confidentiel',
  },
};

/** Words of ours that a template does not change. */
export interface PdfLabels {
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly date: string;
  readonly subject: string;
  readonly attachments: string;
  readonly noSubject: string;
  readonly cover: string;
  readonly page: string;
  readonly picture: string;
  readonly pictureNotShown: string;
  readonly links: string;
  readonly emptyMessage: string;
  readonly cutMessage: string;
  readonly originalMessage: string;
}

export const PDF_LABELS: Readonly<Record<PdfLanguage, PdfLabels>> = {
  en: {
    from: 'From',
    to: 'To',
    cc: 'Copy to',
    date: 'Date',
    subject: 'Subject',
    attachments: 'Attachments',
    noSubject: '(no subject)',
    cover: 'Cover page',
    page: 'Page',
    picture: 'Picture',
    pictureNotShown: 'picture not shown',
    links: 'Links in this message',
    emptyMessage: 'This message has no text.',
    cutMessage: 'The text is too long to be shown completely. The whole text is attached.',
    originalMessage: 'original message',
  },
  de: {
    from: 'Von',
    to: 'An',
    cc: 'Kopie an',
    date: 'Datum',
    subject: 'Betreff',
    attachments: 'Anlagen',
    noSubject: '(kein Betreff)',
    cover: 'Deckblatt',
    page: 'Seite',
    picture: 'Bild',
    pictureNotShown: 'Bild nicht gezeigt',
    links: 'Verweise in dieser Nachricht',
    emptyMessage: 'Diese Nachricht hat keinen Text.',
    cutMessage:
      'Der Text ist zu lang, um ganz gezeigt zu werden. Der vollständige Text liegt als Anlage bei.',
    originalMessage: 'ursprüngliche Nachricht',
  },
  nl: {
    from: 'Van',
    to: 'Aan',
    cc: 'Kopie aan',
    date: 'Datum',
    subject: 'Onderwerp',
    attachments: 'Bijlagen',
    noSubject: '(geen onderwerp)',
    cover: 'Voorblad',
    page: 'Pagina',
    picture: 'Afbeelding',
    pictureNotShown: 'afbeelding niet getoond',
    links: 'Links in dit bericht',
    emptyMessage: 'Dit bericht heeft geen tekst.',
    cutMessage: 'De tekst is te lang om volledig te tonen. De volledige tekst is bijgevoegd.',
    originalMessage: 'oorspronkelijk bericht',
  },
  fr: {
    from: 'De',
    to: 'À',
    cc: 'Copie à',
    date: 'Date',
    subject: 'Objet',
    attachments: 'Pièces jointes',
    noSubject: '(sans objet)',
    cover: 'Couverture',
    page: 'Page',
    picture: 'Image',
    pictureNotShown: 'image non affichée',
    links: 'Liens de ce message',
    emptyMessage: 'Ce message ne contient pas de texte.',
    cutMessage: 'Le texte est trop long pour être affiché en entier. Le texte complet est joint.',
    originalMessage: 'message d’origine',
  },
};

/** Dark enough for white words on it (WCAG 2.2 §1.4.3: 7.6 to 1). */
const ACCENT = '#1f4e79';

export function standardTemplate(company: string, language: PdfLanguage): PdfTemplate {
  return { company, logo: null, accent: ACCENT, page: 'phone', texts: TEXTS[language] };
}
