/**
 * S/MIME for the mail line: signed (clear or opaque), then encrypted, streamed; the signature is made once per mail.
 */
import type { PlannedMail, Version } from '#domain/mail/line.ts';
import { multipartSigned, pkcs7Mime, pkcs7SignaturePart } from '#domain/mime/compose.ts';
import { sizeOf } from '#domain/mime/text.ts';
import { chooseScheme, chooseSending } from '#node/crypto/cms/choose-algorithms.ts';
import type { Content } from '#node/crypto/cms/content.ts';
import { envelop } from '#node/crypto/cms/envelope.ts';
import { RecipientKeyError } from '#node/crypto/cms/recipient-info.ts';
import { micalgOf, type SignRequest, signDetached, signOpaque } from '#node/crypto/cms/sign.ts';
import { newBoundary } from './boundary.ts';
import type { RecipientKeys } from './facts.ts';
import { type InnerEntity, innerEntity } from './inner-entity.ts';
import type { LinePorts } from './line-ports.ts';
import type { Protected, Protector } from './protector.ts';
import { rememberedCertificate } from './remembered-certificate.ts';

const NO_FIELDS = new Uint8Array(0);

/** All but the scheme, which depends on who is to read the signature. */
type Signer = Omit<SignRequest, 'scheme'>;

export function smimeProtector(mail: PlannedMail, ports: LinePorts): Protector {
  let signerOnce: Promise<Signer | null> | null = null;
  const signed = new Map<string, Promise<Content>>();
  const versions: Version[] = [];

  async function findSigner(): Promise<Signer | null> {
    const { sender } = mail.header.envelope;
    if (sender === null) return null;
    const { smime } = await ports.ask('signingKeys', { address: sender, method: 'smime' });
    if (!smime) return null;
    const certificate = rememberedCertificate(smime.certificate);
    return {
      certificate,
      sign: (chosen, tbs) => ports.keys.sign({ keyId: smime.keyId, scheme: chosen, tbs }),
      signingTimeMs: mail.header.session.receivedAtMs,
      otherCertificates: [
        ...smime.chain,
        ...(smime.encryptionCertificate ? [smime.encryptionCertificate] : []),
      ],
      encryptionCertificate: smime.encryptionCertificate
        ? rememberedCertificate(smime.encryptionCertificate)
        : null,
    };
  }

  /** The signed entity without outer fields; the same for every group that signs the same octets. */
  function signedOnce(
    version: Version,
    inner: InnerEntity,
    opaque: boolean,
    request: SignRequest,
    variant: string,
  ): Promise<Content> {
    if (!versions.includes(version)) versions.push(version);
    const key = `${versions.indexOf(version)}|${opaque}|${request.scheme.scheme}|${variant}`;
    const made = signed.get(key) ?? (opaque ? signedOpaque(inner, request) : signedClear(inner, request));
    signed.set(key, made);
    return made;
  }

  return async (version, group, recipients): Promise<Protected> => {
    const { protection } = group.copy;
    const inner = innerEntity(version, 'smime', protection.encrypt !== null, protection.headers);
    let content: Content | null = null;
    if (protection.sign) {
      signerOnce ??= findSigner();
      const signer = await signerOnce;
      const scheme = signer && chooseScheme(signer.certificate, capabilitiesOf(recipients));
      if (!scheme) return { failure: 'sender-key-missing', detail: 'no certificate of the sender' };
      const request: SignRequest = { ...signer, scheme };
      content = await signedOnce(
        version,
        inner,
        protection.signForm === 'opaque',
        request,
        `${protection.encrypt !== null}|${protection.headers}`,
      );
    }
    if (!protection.encrypt) {
      if (!content) throw new Error('neither signed nor encrypted');
      return { pieces: withOuterFields(inner.outerFields, content.chunks()), sevenBit: inner.sevenBit };
    }
    const abilities = recipients.flatMap(({ certificate, capabilities }) =>
      certificate ? [{ certificate: rememberedCertificate(certificate), capabilities }] : [],
    );
    if (abilities.length !== recipients.length) {
      return { failure: 'recipient-key-missing', detail: 'a certificate was withdrawn meanwhile' };
    }
    try {
      const sending = chooseSending(abilities);
      const enveloped = envelop(content ?? contentOf(inner), sending);
      const type = sending.algorithm.endsWith('gcm') ? 'authEnveloped-data' : 'enveloped-data';
      return { pieces: pkcs7Mime(inner.outerFields, type, enveloped.chunks()), sevenBit: true };
    } catch (error) {
      if (!(error instanceof RecipientKeyError)) throw error;
      return { failure: 'recipient-key-missing', detail: error.message };
    }
  };
}

const capabilitiesOf = (recipients: readonly RecipientKeys[]) => recipients.map((r) => r.capabilities);

/** The entity as content of known size; the size costs a first walk. */
function contentOf(inner: InnerEntity): Content {
  return { sizeBytes: sizeOf(inner.pieces()), chunks: () => inner.pieces() };
}

async function signedClear(inner: InnerEntity, request: SignRequest): Promise<Content> {
  const signature = await signDetached(inner.pieces(), request);
  const parameters = {
    protocol: 'application/pkcs7-signature',
    micalg: micalgOf(request.scheme),
    boundary: newBoundary(),
  };
  const chunks = (): Iterable<Uint8Array> =>
    multipartSigned(NO_FIELDS, parameters, inner.pieces(), pkcs7SignaturePart([signature]));
  return { sizeBytes: sizeOf(chunks()), chunks };
}

async function signedOpaque(inner: InnerEntity, request: SignRequest): Promise<Content> {
  const der = await signOpaque(contentOf(inner), request);
  const chunks = (): Iterable<Uint8Array> => pkcs7Mime(NO_FIELDS, 'signed-data', der.chunks());
  return { sizeBytes: sizeOf(chunks()), chunks };
}

function* withOuterFields(fields: Uint8Array, entity: Iterable<Uint8Array>): Iterable<Uint8Array> {
  yield fields;
  yield* entity;
}
