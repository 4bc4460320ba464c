/**
 * Texts for people in delivery reports. They name no host, policy, key or setting (threat 4).
 */

import type { Language } from '#domain/people/mail-domain.ts';

export type ReportKind = 'failed' | 'delayed' | 'relayed';

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
  nl: {
    failed: {
      subject: 'Bericht niet bezorgd',
      greeting: 'Dit is de mailgateway. Uw bericht kon niet worden bezorgd bij de onderstaande ontvangers.',
      recipients: 'Niet bezorgd bij:',
      closing: 'Er wordt niets meer geprobeerd. De inhoud van uw bericht wordt hier niet herhaald.',
    },
    delayed: {
      subject: 'Bericht vertraagd',
      greeting:
        'Dit is de mailgateway. Uw bericht kon nog niet worden bezorgd bij de onderstaande ontvangers. ' +
        'U hoeft het niet opnieuw te verzenden.',
      recipients: 'Nog niet bezorgd bij:',
      closing: 'Er wordt opnieuw geprobeerd. De inhoud van uw bericht wordt hier niet herhaald.',
    },
    relayed: {
      subject: 'Bericht doorgegeven',
      greeting:
        'Dit is de mailgateway. Uw bericht is doorgegeven aan een mailserver die geen bezorgrapporten geeft.',
      recipients: 'Doorgegeven voor:',
      closing: 'Mogelijk ontvangt u geen verder rapport.',
    },
  },
  fr: {
    failed: {
      subject: 'Message non remis',
      greeting:
        'Ceci est la passerelle de messagerie. Votre message n’a pas pu être remis aux destinataires ci-dessous.',
      recipients: 'Non remis à :',
      closing: 'Plus rien ne sera tenté. Le contenu de votre message n’est pas répété ici.',
    },
    delayed: {
      subject: 'Message retardé',
      greeting:
        'Ceci est la passerelle de messagerie. Votre message n’a pas encore pu être remis aux destinataires ' +
        'ci-dessous. Il est inutile de l’envoyer de nouveau.',
      recipients: 'Pas encore remis à :',
      closing: 'De nouvelles tentatives seront faites. Le contenu de votre message n’est pas répété ici.',
    },
    relayed: {
      subject: 'Message transmis',
      greeting:
        'Ceci est la passerelle de messagerie. Votre message a été transmis à un serveur qui ne donne pas de rapports ' +
        'de remise.',
      recipients: 'Transmis pour :',
      closing: 'Vous ne recevrez peut-être pas d’autre rapport.',
    },
  },
};

/** Texts of one report: in the language of whom it goes to, and in English for whoever else reads it. */
export function reportLanguages(language: Language | undefined): readonly Language[] {
  return language === undefined ? ['en', 'de'] : [...new Set([language, 'en' as const])];
}
