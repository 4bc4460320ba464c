/**
 * Certificate extensions (RFC 5280 §4.2): each read once, duplicates refused, unknown critical ones remembered.
 */
import { type BerCursor, readBer } from '#node/crypto/asn1/ber-reader.ts';
import { numberOf } from '#node/crypto/asn1/ber-values.ts';
import { OID } from '#node/crypto/asn1/oid-table.ts';
import { TAG } from '#node/crypto/asn1/tags.ts';
import { type GeneralName, readGeneralName, readGeneralNames } from './general-name.ts';
import { malformed } from './x509-error.ts';

/** RFC 5280 §4.2.1.3, by bit number. */
export const KEY_USAGE = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsageBit = (typeof KEY_USAGE)[number];

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

interface PolicyConstraints {
  readonly requireExplicitPolicy: number | null;
  readonly inhibitPolicyMapping: number | null;
}

/** Null or empty = the extension is absent. */
export interface Extensions {
  readonly subjectKeyId: Uint8Array | null;
  readonly authorityKeyId: Uint8Array | null;
  readonly keyUsage: ReadonlySet<KeyUsageBit> | null;
  readonly keyUsageCritical: boolean;
  readonly extendedKeyUsage: readonly string[] | null;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | null } | null;
  readonly subjectAltName: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | null;
  readonly policies: readonly string[];
  readonly policyMappings: readonly { readonly from: string; readonly to: string }[];
  readonly policyConstraints: PolicyConstraints | null;
  readonly inhibitAnyPolicy: number | null;
  /** http and ldap addresses where CRLs are. */
  readonly crlUrls: readonly string[];
  readonly ocspUrls: readonly string[];
  readonly issuerUrls: readonly string[];
  /** Critical and not understood here: the certificate is good for nothing (RFC 5280 §4.2). */
  readonly unknownCritical: readonly string[];
}

export const NO_EXTENSIONS: Extensions = {
  subjectKeyId: null,
  authorityKeyId: null,
  keyUsage: null,
  keyUsageCritical: false,
  extendedKeyUsage: null,
  basicConstraints: null,
  subjectAltName: [],
  nameConstraints: null,
  policies: [],
  policyMappings: [],
  policyConstraints: null,
  inhibitAnyPolicy: null,
  crlUrls: [],
  ocspUrls: [],
  issuerUrls: [],
  unknownCritical: [],
};

const EXTENSIONS_MAX = 100; // Real certificates have about ten.

type Mutable = { -readonly [K in keyof Extensions]: Extensions[K] };
type ReadExtension = (into: Mutable, value: Uint8Array) => void;

const READERS: Readonly<Record<string, ReadExtension>> = {
  [OID.subjectKeyIdentifier]: (into, value) => {
    into.subjectKeyId = readBer(value, TAG.octetString).octets();
  },
  [OID.authorityKeyIdentifier]: (into, value) => {
    into.authorityKeyId = parts(value).optionalContext(0)?.octets() ?? null;
  },
  [OID.keyUsage]: (into, value) => {
    const { bytes } = readBer(value, TAG.bitString).bits();
    into.keyUsage = new Set(KEY_USAGE.filter((_, bit) => (bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))));
  },
  [OID.extendedKeyUsage]: (into, value) => {
    into.extendedKeyUsage = readAll(parts(value), (usages) => usages.oid());
  },
  [OID.basicConstraints]: (into, value) => {
    const fields = parts(value);
    const ca = fields.optional(TAG.boolean)?.boolean() ?? false;
    const pathLength = fields.optional(TAG.integer)?.number() ?? null;
    fields.finish();
    if (pathLength !== null && pathLength < 0) throw malformed('a path length');
    into.basicConstraints = { ca, pathLength };
  },
  [OID.subjectAltName]: (into, value) => {
    into.subjectAltName = readGeneralNames(parts(value));
  },
  [OID.nameConstraints]: (into, value) => {
    const fields = parts(value);
    const permitted = readSubtrees(fields.optionalContext(0)?.children());
    const excluded = readSubtrees(fields.optionalContext(1)?.children());
    fields.finish();
    into.nameConstraints = { permitted, excluded };
  },
  [OID.certificatePolicies]: (into, value) => {
    into.policies = readAll(parts(value), (policies) => policies.sequence().oid());
  },
  [OID.policyMappings]: (into, value) => {
    into.policyMappings = readAll(parts(value), (mappings) => {
      const mapping = mappings.sequence();
      return { from: mapping.oid(), to: mapping.oid() };
    });
  },
  [OID.policyConstraints]: (into, value) => {
    const fields = parts(value);
    const requireExplicitPolicy = skipCount(fields, 0);
    const inhibitPolicyMapping = skipCount(fields, 1);
    fields.finish();
    into.policyConstraints = { requireExplicitPolicy, inhibitPolicyMapping };
  },
  [OID.inhibitAnyPolicy]: (into, value) => {
    into.inhibitAnyPolicy = readBer(value, TAG.integer).number();
  },
  [OID.crlDistributionPoints]: (into, value) => {
    into.crlUrls = readAll(parts(value), (points) => distributionPointUrls(points.sequence())).flat();
  },
  [OID.authorityInfoAccess]: (into, value) => {
    const accesses = readAll(parts(value), (descriptions) => {
      const description = descriptions.sequence();
      return { method: description.oid(), location: readGeneralName(description.next()) };
    });
    const urls = (wanted: string): string[] =>
      accesses.flatMap(({ method, location }) =>
        method === wanted && location.kind === 'uri' ? [location.value] : [],
      );
    into.ocspUrls = urls(OID.ocsp);
    into.issuerUrls = urls(OID.caIssuers);
  },
};

/** Reads the SEQUENCE OF Extension. */
export function readExtensions(from: BerCursor): Extensions {
  const found: Mutable = { ...NO_EXTENSIONS };
  const unknownCritical: string[] = [];
  const seen = new Set<string>();
  for (const { type, critical, value } of extensionsIn(from)) {
    if (seen.has(type)) throw malformed('an extension twice'); // RFC 5280 §4.2
    if (seen.add(type).size > EXTENSIONS_MAX) throw malformed('too many extensions');
    const read = READERS[type];
    if (read) read(found, value);
    else if (critical) unknownCritical.push(type);
    if (type === OID.keyUsage) found.keyUsageCritical = critical;
  }
  return { ...found, unknownCritical };
}

export function* extensionsIn(
  from: BerCursor,
): Generator<{ readonly type: string; readonly critical: boolean; readonly value: Uint8Array }> {
  while (!from.atEnd) {
    const extension = from.sequence();
    const type = extension.oid();
    const critical = extension.optional(TAG.boolean)?.boolean() ?? false;
    const value = extension.octets();
    extension.finish();
    yield { type, critical, value };
  }
}

const parts = (value: Uint8Array): BerCursor => readBer(value, TAG.sequence).children();

function readAll<T>(from: BerCursor, read: (from: BerCursor) => T): T[] {
  const items: T[] = [];
  while (!from.atEnd) items.push(read(from));
  return items;
}

/** RFC 5280 §4.2.1.10: minimum is always 0 and maximum absent; anything else is refused. */
function readSubtrees(from: BerCursor | undefined): GeneralName[] {
  if (!from) return [];
  return readAll(from, (subtrees) => {
    const subtree = subtrees.sequence();
    const base = readGeneralName(subtree.next());
    subtree.finish();
    return base;
  });
}

function skipCount(from: BerCursor, tag: number): number | null {
  const found = from.optionalContext(tag);
  return found && numberOf(found.content);
}

/** RFC 5280 §4.2.1.13, fullName only. */
function distributionPointUrls(point: BerCursor): string[] {
  const fullName = point.optionalContext(0)?.children().optionalContext(0);
  if (!fullName) return [];
  return readGeneralNames(fullName.children()).flatMap((n) => (n.kind === 'uri' ? [n.value] : []));
}
