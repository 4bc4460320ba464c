/**
 * The demonstration partner's private keys behind the operations of the `keys` process, in this process: the mailbox
 * plays a mail program, and its code for opening and signing is the gateway's own.
 */
import { unwrapRsa } from '#node/crypto/rsa-unwrap.ts';
import { keyObjectOf } from '#node/keys/openpgp-key-object.ts';
import { openPackets } from '#node/keys/openpgp-packet.ts';
import { sessionKeyOf } from '#node/keys/openpgp-session.ts';
import { signatureValue } from '#node/keys/openpgp-signing.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { sharedSecretWith, signWith } from '#node/keys/private-operations.ts';
import type { DemoPartner } from './demo-partner.ts';

export type PartnerPort = Pick<
  KeysPort,
  'sign' | 'unwrapRsa' | 'deriveSharedSecret' | 'openPgpSessionKey' | 'openPgpSign'
>;

/** There is one key of each kind, so `keyId` tells nothing. */
export function partnerPort({ smime, openPgp }: DemoPartner): PartnerPort {
  const opened = { form: 'pkcs8', key: smime.key } as const;
  return {
    sign: async ({ scheme, tbs }) => signWith(opened, scheme, tbs),
    unwrapRsa: async ({ transport, ciphertext, lengthBytes }) =>
      unwrapRsa(smime.key, transport, ciphertext, lengthBytes),
    deriveSharedSecret: async ({ peerPublicKey }) => sharedSecretWith(opened, peerPublicKey),
    openPgpSessionKey: async ({ pkesk }) => sessionKeyOf(openPgp.key, pkesk),
    async openPgpSign(request) {
      const packet = openPackets(openPgp.key).find((p) => p.getFingerprint() === request.fingerprint);
      const signer = packet && keyObjectOf(packet);
      if (!signer) throw new Error('the partner has no such key');
      return signatureValue(packet.algorithm, signer, request);
    },
  };
}
