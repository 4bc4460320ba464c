/**
 * The own authority: made at the first start, found in the log afterwards.
 */
import { fromBase64Url, toBase64Url } from '#domain/canonical-json.ts';
import {
  type Authority,
  type AuthorityFacts,
  authorityDecider,
  authorityStream,
} from '#domain/certificates/authority.ts';
import { anchorStream, trustAnchorDecider } from '#domain/certificates/trust-anchor.ts';
import { foldStream } from '#domain/decider.ts';
import { readCertificate, type X509Certificate } from '#node/crypto/x509/certificate.ts';
import { nameText } from '#node/crypto/x509/distinguished-name.ts';
import { issueRoot } from '#node/crypto/x509/issue-certificate.ts';
import type { Signer } from '#node/keys/port.ts';
import { appendSurely, type CommandMeta, draftOf, errorCode } from '#node/ledger/execute.ts';
import { type CaPorts, type CaSettings, OWN_AUTHORITY_ID } from './ca-ports.ts';
import { generateKey } from './generate-key.ts';

const ROOT_VALIDITY_DAYS = 3652; // Ten years with their leap days.

export interface OwnAuthority {
  readonly facts: AuthorityFacts;
  readonly certificate: X509Certificate;
  readonly state: Extract<Authority, { status: 'active' }>;
  /** Of its stream, for the expected-version check. */
  readonly version: number;
}

/** Null before the first `ensureAuthority`. */
export async function readAuthority(ports: Pick<CaPorts, 'ledger'>): Promise<OwnAuthority | null> {
  const stored = await ports.ledger.readStream(authorityStream(OWN_AUTHORITY_ID));
  const state = foldStream(authorityDecider, stored);
  if (state.status === 'absent') return null;
  const certificate = readCertificate(fromBase64Url(state.facts.der));
  return { facts: state.facts, certificate, state, version: stored.length };
}

export const authoritySigner = (ports: CaPorts, { facts }: OwnAuthority): Signer => {
  return (scheme, tbs) => ports.keys.sign({ keyId: facts.keyId, scheme, tbs });
};

/** Makes the authority unless there is one; of two gateways that try at once, the first one's counts for both. */
export async function ensureAuthority(
  ports: CaPorts,
  settings: CaSettings,
  meta: CommandMeta,
): Promise<OwnAuthority> {
  const found = await readAuthority(ports);
  if (found) return found;
  const owner = { kind: 'authority', id: OWN_AUTHORITY_ID } as const;
  const key = await generateKey(ports, settings.authorityKey, owner, 'authority', meta);
  const { commonName, organization, country, crlUrl } = settings;
  const root = await issueRoot(
    {
      commonName,
      organization,
      country,
      publicKey: key.publicKey,
      validityDays: ROOT_VALIDITY_DAYS,
      atMs: meta.atMs,
    },
    (scheme, tbs) => ports.keys.sign({ keyId: key.keyId, scheme, tbs }),
  );
  const anchor = {
    sha256: root.sha256,
    der: toBase64Url(root.der),
    subject: nameText(root.subject),
    notAfter: root.notAfterMs,
  };
  const facts = { authorityId: OWN_AUTHORITY_ID, keyId: key.keyId, crlUrl, ...anchor };
  const stream = authorityStream(OWN_AUTHORITY_ID);
  const drafts = [
    draftOf(authorityDecider, stream, { type: 'AuthorityCreated', ...facts, at: meta.atMs }, meta, 0),
    key.draft(1),
    draftOf(
      trustAnchorDecider,
      anchorStream(root.sha256),
      { type: 'TrustAnchorAdded', ...anchor, at: meta.atMs },
      meta,
      2,
    ),
  ];
  try {
    await appendSurely(ports.ledger, drafts, { stream, version: 0 });
  } catch (error) {
    if (errorCode(error) !== 'version-conflict') throw error; // Another gateway was first.
  }
  const made = await readAuthority(ports);
  if (!made) throw new Error('the authority that was just recorded is not in its stream');
  return made;
}
