/**
 * Passwords of PDF mails inside the `keys` process: made at random, sealed for their event, opened from the log.
 *
 * No plaintext is kept: each use reads the event and opens the secret in its place.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { StoredEvent } from '#consensus/event-log.ts';
import { parseCanonicalJson } from '#domain/canonical-json.ts';
import { secretOfRecord } from '#domain/keys/sealed-secret.ts';
import { comparable, octetsFor, type PasswordForm, passwordOf } from '#domain/pdf/password-form.ts';
import { PDF_PASSWORD_EVENT } from '#domain/pdf/pdf-pair.ts';
import type { LedgerPort } from '#node/ledger/port.ts';
import { KeysError } from './keys-error.ts';
import type { SealedSecret, SecretPlace } from './port.ts';
import { openSecret, sealSecret } from './sealed-secret.ts';
import type { VaultKeys } from './vault-keys.ts';

/** An operator looks at once; an old record is no leave to look again. */
const SHOWN_WITHIN_MS = 120_000;

const recordedPassword = z.object({
  origin: z.string(),
  secret: z.strictObject({
    v: z.literal(1),
    subject: z.string(),
    nonce: z.base64url(),
    ciphertext: z.base64url(),
  }),
});
const recordedShowing = z.object({ password: z.number().int().positive() });

interface OpenedPassword {
  readonly password: string;
  /** By the gateway, not by a person. */
  readonly made: boolean;
}

export class PdfPasswords {
  readonly #ledger: Pick<LedgerPort, 'readStream'>;
  readonly #vaultKeys: VaultKeys;
  readonly #nowMs: () => number;

  constructor(
    ledger: Pick<LedgerPort, 'readStream'>,
    vaultKeys: VaultKeys,
    nowMs: () => number = () => Date.now(),
  ) {
    this.#ledger = ledger;
    this.#vaultKeys = vaultKeys;
    this.#nowMs = nowMs;
  }

  /** A new one of at least so many random bits, sealed; nobody has seen it. */
  make(form: PasswordForm, bits: number, subject: string, place: SecretPlace): Promise<SealedSecret> {
    return this.seal(passwordOf(form, randomBytes(octetsFor(form, bits))), subject, place);
  }

  async seal(password: string, subject: string, place: SecretPlace): Promise<SealedSecret> {
    const dataKey = await this.#vaultKeys.dataKeyFor(subject);
    try {
      return sealSecret(dataKey, subject, place, 'password', Buffer.from(password, 'utf8'));
    } finally {
      dataKey.fill(0);
    }
  }

  /** `no-such-key` when no event carries it, or its subject was erased. */
  async open(stream: string, version: number): Promise<OpenedPassword> {
    const event = await this.#eventOf(stream, version, PDF_PASSWORD_EVENT);
    const payload = recordedPassword.safeParse(parseCanonicalJson(event.payload));
    if (!payload.success) throw new KeysError('malformed', `event ${version} of ${stream} has no password`);
    const sealed = secretOfRecord(payload.data.secret);
    const dataKey = await this.#vaultKeys.existingDataKey(sealed.subject);
    try {
      const { form, secret } = openSecret(dataKey, sealed, { stream, version, kind: event.kind });
      if (form !== 'password') throw new KeysError('wrong-key-type', 'not a password');
      const password = secret.toString('utf8');
      secret.fill(0);
      return { password, made: payload.data.origin === 'made' };
    } finally {
      dataKey.fill(0);
    }
  }

  /** Whether `given` is that password; what was made here is compared without case and separators. */
  async check(stream: string, version: number, given: string): Promise<boolean> {
    const { password, made } = await this.open(stream, version);
    return timingSafeEqual(digestOf(comparable(given, made)), digestOf(comparable(password, made)));
  }

  /** For an operator: `showing` is the version of the event that records who looks and why, just now. */
  async show(stream: string, showing: number): Promise<string> {
    const event = await this.#eventOf(stream, showing, 'PdfPasswordShown');
    if (Math.abs(this.#nowMs() - event.atMs) > SHOWN_WITHIN_MS || event.reason === '') {
      throw new KeysError('malformed', 'no recorded reason of this moment');
    }
    const { password } = recordedShowing.parse(parseCanonicalJson(event.payload));
    return (await this.open(stream, password)).password;
  }

  async #eventOf(stream: string, version: number, kind: string): Promise<StoredEvent> {
    const event = (await this.#ledger.readStream(stream)).find((e) => e.version === version);
    if (event?.kind !== kind)
      throw new KeysError('no-such-key', `event ${version} of ${stream} is no ${kind}`);
    return event;
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
