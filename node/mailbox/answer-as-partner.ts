/**
 * The demonstration partner answers a mail: signed and encrypted to whom it came from, as a mail program does it.
 *
 * S/MIME: to the certificate for encryption that came with the signature. OpenPGP: to the public key that the gateway's
 * people gave. Error: `not-answerable` when there is neither, or the mail is not for the partner.
 */
import { randomUUID } from 'node:crypto';
import { dateText } from '#domain/mail/date-text.ts';
import { multipartSigned, pgpEncrypted, pkcs7Mime, pkcs7SignaturePart } from '#domain/mime/compose.ts';
import { structuredField, textField } from '#domain/mime/header.ts';
import { encodeQuotedPrintable } from '#domain/mime/quoted-printable.ts';
import { entityPieces } from '#domain/mime/split-header.ts';
import { gather, utf8Bytes } from '#domain/mime/text.ts';
import type { Layout } from '#node/config/layout.ts';
import { chooseScheme, chooseSending } from '#node/crypto/cms/choose-algorithms.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import { micalgOf, signDetached } from '#node/crypto/cms/sign.ts';
import { encryptOpenPgp } from '#node/crypto/openpgp/encrypt.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { allowsMailUsage, bindsAddress } from '#node/crypto/x509/mail-usage.ts';
import { newBoundary } from '#node/protect/boundary.ts';
import { DEMO_PARTNER, DEMO_PARTNER_NAME, DEMO_PARTNER_PGP } from './demo-material.ts';
import type { DemoPartner } from './demo-partner.ts';
import { partnerPort } from './partner-port.ts';
import { type MailToRead, readAsPartner } from './read-as-partner.ts';

const TEXT =
  'Hello,\n\nmany thanks, it came safely, and I could read it.\nThis answer is signed and encrypted, too.\n\nBob\n';
const NO_FIELDS = new Uint8Array(0);

interface Answer {
  readonly raw: Uint8Array;
  readonly from: string;
  readonly to: string;
}

export async function answerAsPartner(
  layout: Layout,
  partner: DemoPartner,
  sender: string | null,
  request: MailToRead,
): Promise<Answer> {
  const { reading, certificates } = await readAsPartner(layout, partner, request);
  if (sender === null) throw notAnswerable('It has no sender to answer to.');
  const from = [DEMO_PARTNER, DEMO_PARTNER_PGP].find((address) => request.recipients.includes(address));
  if (!from) throw notAnswerable('It is not for the demonstration partner.');
  const outer = outerFields(from, sender, reading.subject, request.atMs);
  const raw =
    from === DEMO_PARTNER
      ? await answerSmime(partner, outer, certificateOf(sender, certificates), request.atMs)
      : await answerOpenPgp(partner, outer, request.known.openPgpKeys, request.atMs);
  return { raw, from, to: sender };
}

function outerFields(from: string, to: string, subject: string, atMs: number): Uint8Array {
  return Buffer.concat([
    structuredField('From', `${DEMO_PARTNER_NAME} <${from}>`),
    structuredField('To', `<${to}>`),
    textField('Subject', /^re:/i.test(subject) ? subject : `Re: ${subject}`),
    structuredField('Date', dateText(atMs)),
    structuredField('Message-ID', `<${randomUUID()}@partner.example>`),
    structuredField('MIME-Version', '1.0'),
  ]);
}

function textEntity(): Uint8Array {
  const fields = Buffer.concat([
    structuredField('Content-Type', 'text/plain; charset=utf-8'),
    structuredField('Content-Transfer-Encoding', 'quoted-printable'),
  ]);
  return gather(entityPieces(fields, encodeQuotedPrintable([utf8Bytes(TEXT.replace(/\n/g, '\r\n'))])));
}

/** Among what came with the signature: the newest of the sender's that may be encrypted to (RFC 8551 §2.5.3). */
function certificateOf(sender: string, certificates: readonly Uint8Array[]): X509Certificate {
  const fitting = certificates
    .map((der) => readCertificate(der))
    .filter((one) => bindsAddress(one, sender) && allowsMailUsage(one, 'encrypt'))
    .sort((a, b) => b.notBeforeMs - a.notBeforeMs);
  if (!fitting[0]) throw notAnswerable('No certificate of the sender came with it: it was not signed.');
  return fitting[0];
}

async function answerSmime(
  partner: DemoPartner,
  outer: Uint8Array,
  recipient: X509Certificate,
  atMs: number,
): Promise<Uint8Array> {
  const { certificate } = partner.smime;
  const port = partnerPort(partner);
  const scheme = chooseScheme(certificate, []);
  if (!scheme) throw new Error('an RSA key signs');
  const content = textEntity();
  const signature = await signDetached([content], {
    certificate,
    scheme,
    sign: (chosen, tbs) => port.sign({ keyId: 'smime', scheme: chosen, tbs }),
    signingTimeMs: atMs,
    otherCertificates: [],
    encryptionCertificate: null,
  });
  const parameters = {
    protocol: 'application/pkcs7-signature',
    micalg: micalgOf(scheme),
    boundary: newBoundary(),
  };
  const signed = gather(multipartSigned(NO_FIELDS, parameters, [content], pkcs7SignaturePart([signature])));
  const sending = chooseSending([{ certificate: recipient, capabilities: null }]);
  const enveloped = envelop({ sizeBytes: signed.length, chunks: () => [signed] }, sending);
  return gather(pkcs7Mime(outer, 'enveloped-data', enveloped.chunks()));
}

async function answerOpenPgp(
  partner: DemoPartner,
  outer: Uint8Array,
  keys: readonly Uint8Array[],
  atMs: number,
): Promise<Uint8Array> {
  if (keys.length === 0) throw notAnswerable('The sender has no OpenPGP key.');
  const { message } = await encryptOpenPgp({
    content: textEntity(),
    recipients: keys.map((publicKey) => ({ publicKey, hidden: false })),
    signer: { keyId: 'openpgp', publicKey: partner.openPgp.publicKey, keys: partnerPort(partner) },
    atMs,
  });
  return gather(pgpEncrypted(outer, newBoundary(), [message]));
}

const notAnswerable = (message: string): Error =>
  Object.assign(new Error(message), { code: 'not-answerable' });
