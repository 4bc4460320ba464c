/**
 * Gives a person an OpenPGP key: made in the `keys` process, recorded with the person in one batch.
 *
 * Whoever comes second (a mail on another gateway) finds the key of the first one; what was made in vain was never
 * recorded and is gone.
 */
import { randomUUID } from 'node:crypto';
import { toBase64Url } from '#domain/canonical-json.ts';
import { foldStream } from '#domain/decider.ts';
import { keyRecordDecider, keyStream } from '#domain/keys/key-record.ts';
import { recordSecret } from '#domain/keys/sealed-secret.ts';
import { addressKey } from '#domain/mail/address.ts';
import { type PersonEvent, type PersonRefusal, personDecider, personStream } from '#domain/people/person.ts';
import type { KeysPort } from '#node/keys/port.ts';
import { appendSurely, type CommandMeta, draftOf, errorCode, RETRIES_MAX } from '#node/ledger/execute.ts';
import type { LedgerPort } from '#node/ledger/port.ts';

const VALIDITY_SECONDS = 2 * 365 * 86_400; // As long as a certificate of the own CA.
const RENEW_BEFORE_MS = 30 * 86_400_000; // Partners get the next key while the old one still works.

export interface OpenPgpPorts {
  readonly ledger: Pick<LedgerPort, 'readStream' | 'append'>;
  readonly keys: Pick<KeysPort, 'generateOpenPgp'>;
}

export type EquipResult =
  | { readonly kind: 'done'; readonly fingerprint: string }
  | { readonly kind: 'refused'; readonly refusal: PersonRefusal };

/** The address must be in one of our mail domains; the caller has looked. */
export async function equipOpenPgp(
  ports: OpenPgpPorts,
  request: {
    readonly address: string;
    readonly name: string;
    readonly language: 'en' | 'de' | 'nl' | 'fr';
    readonly atFirstNeed?: boolean;
  },
  meta: CommandMeta,
): Promise<EquipResult> {
  const address = addressKey(request.address);
  const { name, language, atFirstNeed = false } = request;
  for (let attempt = 0; ; attempt++) {
    const stored = await ports.ledger.readStream(personStream(address));
    const person = foldStream(personDecider, stored);
    const present = person.status === 'enrolled' ? person.openPgp : null;
    if (present && (present.notAfter ?? Infinity) > meta.atMs + RENEW_BEFORE_MS) {
      return { kind: 'done', fingerprint: present.fingerprint };
    }
    const enrolled = personDecider.decide(
      { type: 'EnrolPerson', address, name, language, atFirstNeed, at: meta.atMs },
      person,
    );
    if (enrolled.kind === 'refused') return enrolled;
    const keyId = randomUUID();
    const place = { stream: keyStream(keyId), version: 1, kind: 'KeyGenerated' };
    const made = await ports.keys.generateOpenPgp({
      userId: { name, address },
      algorithm: 'curve25519',
      subject: `person/${address}`,
      place,
      expiresInSeconds: VALIDITY_SECONDS,
    });
    const decision = keyRecordDecider.decide(
      {
        type: 'RecordGeneratedKey',
        keyId,
        technology: 'openpgp',
        usage: 'both',
        owner: { kind: 'person', address },
        publicKey: toBase64Url(made.publicKey),
        fingerprint: made.fingerprint,
        secret: recordSecret(made.secret),
        at: meta.atMs,
      },
      keyRecordDecider.zero,
    );
    if (decision.kind === 'refused') throw new Error('a new key was refused');
    const notAfter = meta.atMs + VALIDITY_SECONDS * 1000;
    const equipped: PersonEvent = {
      type: 'PersonEquippedWithOpenPgp',
      openPgp: { keyId, fingerprint: made.fingerprint, notAfter },
      at: meta.atMs,
    };
    const personEvents = [...enrolled.events, equipped];
    const drafts = [
      ...personEvents.map((event, i) => draftOf(personDecider, personStream(address), event, meta, i)),
      ...decision.events.map((event, i) =>
        draftOf(keyRecordDecider, place.stream, event, meta, personEvents.length + i),
      ),
    ];
    try {
      await appendSurely(ports.ledger, drafts, { stream: personStream(address), version: stored.length });
    } catch (error) {
      if (errorCode(error) !== 'version-conflict' || attempt >= RETRIES_MAX) throw error;
    }
  }
}
