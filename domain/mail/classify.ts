/**
 * Stage `classify`: what the rules may know of the mail, its sender and its recipients. Pure.
 *
 * Direction is proven by the connection, never by a sender address (P26). Commands count only when they come from
 * inside (P25). "Encrypted" means for a mail from inside that all of it is: a mail with one encrypted attachment still
 * has to be encrypted.
 */
import { addressKey } from '#domain/mail/address.ts';
import { parseAddressList, parseFrom } from '#domain/mail/address-list.ts';
import type { ClassifiedMail, ParsedMail } from '#domain/mail/line.ts';
import { propertiesOf } from '#domain/mail/properties.ts';
import { protectionOf } from '#domain/mail/protection-kind.ts';
import { decodeEncodedWords } from '#domain/mime/encoded-word.ts';
import { fieldsNamed, type Header } from '#domain/mime/header.ts';
import type { PdfFacts } from '#domain/pdf/pdf-facts.ts';
import type { MailFacts, RecipientFacts } from '#domain/policy/facts.ts';

/** What the snapshot knows of people and their keys. */
export interface PeopleFacts {
  readonly sender: { readonly isOurs: boolean; readonly enrolled: boolean } | null;
  readonly recipients: readonly {
    readonly address: string;
    readonly isOurs: boolean;
    readonly enrolled: boolean;
    readonly certificate: Uint8Array | null;
    readonly whyNoCertificate: string;
    readonly openPgpKey: Uint8Array | null;
    readonly whyNoOpenPgpKey: string;
    readonly pdf: PdfFacts;
  }[];
}

/** `commands`: word in a rule → what senders write in braces. */
export function classifyMail(
  mail: ParsedMail,
  people: PeopleFacts,
  commands: Readonly<Record<string, string>>,
): ClassifiedMail {
  const from = parseFrom(mail.entity.header.fields);
  return {
    ...mail,
    facts: mailFacts(mail, people, commands),
    from: from.ok ? from.address.text : null,
    recipientFacts: new Map(people.recipients.map((r) => [r.address, recipientFacts(r)])),
    visible: visibleRecipients(mail.entity.header),
  };
}

function mailFacts(
  mail: ParsedMail,
  people: PeopleFacts,
  commands: Readonly<Record<string, string>>,
): MailFacts {
  const { session, envelope } = mail.header;
  const properties = propertiesOf(mail.octets, mail.entity);
  const root = protectionOf(mail.octets, mail.entity);
  const outside = session.zone === 'outside';
  const given = new Set(properties.wordsInBraces);
  const words = Object.entries(commands).filter(([, text]) => given.has(text.toLowerCase()));
  return {
    zone: session.zone,
    listener: session.listener,
    peerTls: session.tls !== null,
    sender: envelope.sender,
    senderIsOurs: people.sender?.isOurs ?? false,
    senderEnrolled: people.sender?.enrolled ?? false,
    subject: properties.subject,
    sizeBytes: properties.sizeBytes,
    attachments: properties.attachments,
    priority: properties.priority,
    sensitivity: properties.sensitivity,
    isEncrypted: root?.kind === 'encrypted' || (outside && properties.isEncrypted),
    isSigned: root?.kind === 'signed' || (outside && properties.isSigned),
    isCalendar: properties.isCalendar,
    commands: new Set(outside ? [] : words.map(([word]) => word)),
    header: (name) =>
      fieldsNamed(mail.entity.header, name.toLowerCase()).map((f) => decodeEncodedWords(f.value)),
  };
}

/** What the rules may know of one recipient. */
export function recipientFacts(r: PeopleFacts['recipients'][number]): RecipientFacts {
  return {
    address: r.address,
    isOurs: r.isOurs,
    enrolled: r.enrolled,
    possible: { smime: r.certificate !== null, openpgp: r.openPgpKey !== null, pdf: r.pdf.whyNot === '' },
    impossibleBecause: { smime: r.whyNoCertificate, openpgp: r.whyNoOpenPgpKey, pdf: r.pdf.whyNot },
    hasPdfPassword: r.pdf.hasPassword,
  };
}

/** Everybody in To and Cc; a field that cannot be read makes nobody visible, which is the safe side (P23). */
function visibleRecipients(header: Header): Set<string> {
  const visible = new Set<string>();
  for (const field of [...fieldsNamed(header, 'to'), ...fieldsNamed(header, 'cc')]) {
    const list = parseAddressList(field.value);
    if (list.ok) for (const { address } of list.mailboxes) visible.add(addressKey(address.text));
  }
  return visible;
}
