/**
 * The own certification authority as the rest of the gateway uses it (features.md K2, K12).
 *
 * Every method may be called on every gateway at the same time: the log decides who was first. Within a process the
 * same person is enrolled once, however many mails wait for it.
 */
import type { RevocationReason } from '#domain/certificates/certificate.ts';
import { addressKey } from '#domain/mail/address.ts';
import type { CommandMeta } from '#node/ledger/execute.ts';
import { takesNoChanges } from '#node/ledger/log-away.ts';
import type { CaPorts, CaSettings } from './ca-ports.ts';
import { type EnrolRequest, type EnrolResult, enrolPerson } from './enrol-person.ts';
import { ensureAuthority, type OwnAuthority } from './own-authority.ts';
import { ensureCrl } from './publish-crl.ts';
import { type RevokeResult, revokeCertificate } from './revoke-certificate.ts';

export interface CertificateAuthority {
  /** At the first start: the authority's key and certificate, and its first CRL. Afterwards finds them; a due CRL may wait. */
  ensure(meta: CommandMeta): Promise<OwnAuthority>;
  /** Equips a person of our mail domains; at once, when they are equipped and nothing ends within a month. */
  enrol(request: EnrolRequest, meta: CommandMeta): Promise<EnrolResult>;
  /** Ours or a partner's; ours is on a new CRL when this resolves. */
  revoke(sha256: string, reason: RevocationReason, meta: CommandMeta): Promise<RevokeResult>;
  /** To be called every hour or so, on any gateway. True when a new CRL was issued. */
  ensureCrl(meta: CommandMeta): Promise<boolean>;
}

export function certificateAuthority(ports: CaPorts, settings: CaSettings): CertificateAuthority {
  const underWay = new Map<string, Promise<EnrolResult>>();

  async function ensure(meta: CommandMeta): Promise<OwnAuthority> {
    const authority = await ensureAuthority(ports, settings, meta);
    // A gateway starts although a CRL is due that cannot be recorded now: `ensureCrl` is called again and again.
    await ensureCrl(ports, meta).catch((error: unknown) => {
      if (!takesNoChanges(error)) throw error;
    });
    return authority;
  }

  return {
    ensure,
    enrol(request, meta) {
      const key = addressKey(request.address);
      const same = underWay.get(key);
      if (same) return same;
      const running = ensureAuthority(ports, settings, { ...meta, requestId: `${meta.requestId}|authority` })
        .then((authority) => enrolPerson(ports, settings, authority, request, meta))
        .finally(() => underWay.delete(key));
      underWay.set(key, running);
      return running;
    },
    async revoke(sha256, reason, meta) {
      const result = await revokeCertificate(ports, sha256, reason, meta);
      if (result.kind === 'done') await ensureCrl(ports, meta);
      return result;
    },
    ensureCrl: (meta) => ensureCrl(ports, meta),
  };
}
