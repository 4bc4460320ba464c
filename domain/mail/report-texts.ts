/**
 * Texts for people in delivery reports, English and German. They name no host, policy, key or setting (threat 4).
 */

export type ReportKind = 'failed' | 'delayed' | 'relayed';
export type Language = 'en' | 'de';

interface ReportTexts {
  readonly subject: string;
  readonly greeting: string;
  readonly recipients: string;
  readonly closing: string;
}

export const REPORT_TEXTS: Record<Language, Record<ReportKind, ReportTexts>> = {
  en: {
    failed: {
      subject: 'Message not delivered',
      greeting: 'This is the mail gateway. Your message could not be delivered to the recipients below.',
      recipients: 'Not delivered to:',
      closing: 'Nothing more will be tried. The content of your message is not repeated here.',
    },
    delayed: {
      subject: 'Message delayed',
      greeting:
        'This is the mail gateway. Your message could not be delivered to the recipients below yet. ' +
        'You do not need to send it again.',
      recipients: 'Not delivered yet to:',
      closing: 'It will be tried again. The content of your message is not repeated here.',
    },
    relayed: {
      subject: 'Message passed on',
      greeting:
        'This is the mail gateway. Your message was passed on to a mail server that gives no delivery reports.',
      recipients: 'Passed on for:',
      closing: 'You may receive no further report.',
    },
  },
  de: {
    failed: {
      subject: 'Nachricht nicht zugestellt',
      greeting:
        'Dies ist das Mail-Gateway. Ihre Nachricht konnte den unten genannten Empfängern nicht zugestellt werden.',
      recipients: 'Nicht zugestellt an:',
      closing: 'Es wird nicht weiter versucht. Der Inhalt Ihrer Nachricht wird hier nicht wiederholt.',
    },
    delayed: {
      subject: 'Nachricht verzögert',
      greeting:
        'Dies ist das Mail-Gateway. Ihre Nachricht konnte den unten genannten Empfängern noch nicht zugestellt werden. ' +
        'Sie müssen sie nicht noch einmal senden.',
      recipients: 'Noch nicht zugestellt an:',
      closing: 'Es wird weiter versucht. Der Inhalt Ihrer Nachricht wird hier nicht wiederholt.',
    },
    relayed: {
      subject: 'Nachricht weitergegeben',
      greeting:
        'Dies ist das Mail-Gateway. Ihre Nachricht wurde an einen Mail-Server weitergegeben, der keine Zustellberichte gibt.',
      recipients: 'Weitergegeben für:',
      closing: 'Möglicherweise erhalten Sie keinen weiteren Bericht.',
    },
  },
};
