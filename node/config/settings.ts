/**
 * The machine's own settings, as `sealgate.yaml` gives them; everything else is in the log.
 *
 * Units are last in a name. Defaults are the try-out's: unprivileged ports on the loopback, nothing leaves the machine.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

function isRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  return (
    isIP(address) !== 0 &&
    more.length === 0 &&
    (prefix === undefined || (/^\d{1,3}$/.test(prefix) && +prefix <= bits))
  );
}

const port = z.number().int().min(0).max(65535);

/** One of the two alone would be taken for none. */
const bothOrNone = (part: { tlsCertificate?: string | undefined; tlsKey?: string | undefined }): boolean =>
  (part.tlsCertificate === undefined) === (part.tlsKey === undefined);
const BOTH_OR_NONE = { path: ['tlsCertificate'], error: 'needs tlsKey beside it, and the other way round' };

const listener = z.strictObject({
  name: z.string().min(1),
  address: z.string().default('127.0.0.1'),
  port,
  /** What a connection to it proves: mails from `inside` are ours to sign, mails from `outside` are opened. */
  zone: z.enum(['inside', 'outside']),
  /** Peers that may connect, CIDR; empty = any. */
  peers: z.array(z.string().refine(isRange, 'an IP address or a range as 192.0.2.0/24')).default([]),
});

const route = z.strictObject({
  /** Domain of the recipient, `.example.org` for its subdomains, `*` for all others. */
  domain: z.string().min(1),
  host: z.string().min(1),
  port: port.default(25),
  tls: z.enum(['none', 'opportunistic', 'mandatory', 'verified']).default('opportunistic'),
  user: z.string().optional(),
  /** File that holds the password; never the password itself. */
  passwordFile: z.string().optional(),
});

export const settingsSchema = z.strictObject({
  /** Name of this gateway in its cluster and in Received fields. */
  node: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits, hyphens')
    .default('gateway-1'),
  /** Fully qualified name this gateway gives with EHLO and in Received fields. */
  hostname: z.string().default('gateway.example.org'),
  data: z.string().default('data'),
  receive: z
    .strictObject({
      listeners: z
        .array(listener)
        .min(1)
        .default([
          { name: 'inside', address: '127.0.0.1', port: 2525, zone: 'inside', peers: [] },
          { name: 'outside', address: '127.0.0.1', port: 2526, zone: 'outside', peers: [] },
        ]),
      /** Where the certificate for STARTTLS comes from when there are no PEM files; `none`: STARTTLS is not offered. */
      tls: z.enum(['own-ca', 'none']).default('own-ca'),
      /** PEM files of the certificate for STARTTLS, by whatever authority. */
      tlsCertificate: z.string().optional(),
      tlsKey: z.string().optional(),
      sizeBytesMax: z
        .number()
        .int()
        .positive()
        .default(100 * 1024 * 1024),
      recipientsMax: z.number().int().positive().default(1000),
      connectionsMax: z.number().int().positive().default(500),
      /** Of one peer address, so that none can take them all. A mail server opens some dozens. */
      connectionsPerPeerMax: z.number().int().positive().default(100),
      idleTimeoutMs: z.number().int().positive().default(300_000),
      /** A mail that has passed this many servers is in a loop (RFC 5321 §6.3 wants at least 100). */
      receivedLinesMax: z.number().int().positive().default(100),
      /** Below this much free space the spool answers 452. */
      freeBytesMin: z
        .number()
        .int()
        .nonnegative()
        .default(64 * 1024 * 1024),
    })
    .refine(bothOrNone, BOTH_OR_NONE)
    .prefault({}),
  protect: z
    .strictObject({
      workers: z.number().int().min(1).max(64).default(2),
      mailTimeoutMs: z.number().int().positive().default(120_000),
      workerMemoryMb: z.number().int().positive().default(256),
    })
    .prefault({}),
  send: z
    .strictObject({
      /** The mailer table: the first row that fits overrides DNS. */
      routes: z.array(route).default([]),
      perDestinationMax: z.number().int().positive().default(20),
      /** Waits between attempts; the last one repeats until `lifetimeMs`. */
      retryAfterMs: z
        .array(z.number().int().positive())
        .min(1)
        .default([60_000, 300_000, 900_000, 3_600_000]),
      lifetimeMs: z
        .number()
        .int()
        .positive()
        .default(5 * 86_400_000),
      delayNoticeAfterMs: z
        .number()
        .int()
        .positive()
        .default(4 * 3_600_000),
      /** PEM file of trust anchors for routes with `tls: verified`, beside the built-in ones. */
      tlsCaFile: z.string().optional(),
      connectTimeoutMs: z.number().int().positive().default(30_000),
      idleTimeoutMs: z.number().int().positive().default(300_000),
    })
    .prefault({}),
  web: z
    .strictObject({
      address: z.string().default('127.0.0.1'),
      port: port.default(8080),
      /** `own-ca`: TLS by a certificate of our own authority for `hostname`; PEM files win. */
      tls: z.enum(['own-ca', 'none']).default('none'),
      /** PEM files; without them the page is plain HTTP, for the loopback or behind a proxy that speaks TLS. */
      tlsCertificate: z.string().optional(),
      tlsKey: z.string().optional(),
      /** Proxies (CIDR) whose `X-Forwarded-For` is believed, so that the lock-out counts the browser's address. */
      trustedProxies: z.array(z.string()).default([]),
      /** A port of its own, plain HTTP, for revocation lists and nothing else. */
      crl: z.strictObject({ address: z.string().default('127.0.0.1'), port }).optional(),
    })
    .refine(bothOrNone, BOTH_OR_NONE)
    .prefault({}),
  /** Where partners answer PDF mails, on a host name of its own; absent = no portal. */
  portal: z
    .strictObject({
      address: z.string().default('127.0.0.1'),
      port: port.default(8443),
      /** PEM files; without them it is plain HTTP, for a proxy in front that speaks TLS (`behindTls`). */
      tlsCertificate: z.string().optional(),
      tlsKey: z.string().optional(),
      /** The partner's browser speaks TLS to a proxy: cookies and HSTS are as with an own certificate. */
      behindTls: z.boolean().default(false),
      trustedProxies: z.array(z.string()).default([]),
      /** Of one answer. */
      filesMax: z.number().int().min(1).max(100).default(20),
      attachmentsBytesMax: z
        .number()
        .int()
        .positive()
        .default(25 * 1024 * 1024),
    })
    .optional(),
  /** Mails in PDFs as Chromium prints them; absent = the built-in renderer. */
  render: z
    .strictObject({
      /** Path of Chromium, or its name in the search path. */
      program: z.string().min(1).default('chromium'),
      /** Of one mail. */
      timeoutMs: z.number().int().min(1000).max(100_000).default(20_000),
      memoryMb: z.number().int().min(100).default(1500),
    })
    .optional(),
  /** The own certification authority; read when it is made at the first start. */
  ca: z
    .strictObject({
      commonName: z.string().min(1).max(64).default('Sealgate Internal Mail CA'),
      organization: z.string().min(1).max(64).default('Example Organisation'),
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, 'two letters, ISO 3166-1')
        .default('XX'),
      /** http address where partners find the CRL. */
      crlUrl: z.string().url().optional(),
    })
    .prefault({}),
  /** What this gateway is to the others; without `sealgate cluster init` or `join` nothing of it is used. */
  cluster: z
    .strictObject({
      /** Where the other gateways reach this one: HTTP/2 with mutual TLS. */
      peer: z
        .strictObject({
          address: z.string().default('127.0.0.1'),
          port: port.default(2528),
          /** `host:port` as the others dial it; `address:port` when not given. */
          advertise: z
            .string()
            .regex(/^[^\s/]+:\d{1,5}$/, 'host:port')
            .optional(),
        })
        .prefault({}),
      etcd: z
        .strictObject({
          address: z.string().default('127.0.0.1'),
          clientPort: port.default(2379),
          peerPort: port.default(2380),
          /** Host name or address as the others dial it; `address` when not given. */
          advertiseHost: z.string().min(1).optional(),
          binary: z.string().min(1).default('etcd'),
          /** The round trip between the voters, at least 100; an election takes ten of them. */
          heartbeatMs: z.number().int().min(10).max(5000).default(100),
          /** What etcd may hold at most, the same on all voters; a quarter of it is where operators are told. */
          quotaBytes: z
            .number()
            .int()
            .min(16 * 1024 * 1024)
            .max(8 * 1024 * 1024 * 1024)
            .default(2 * 1024 * 1024 * 1024),
        })
        .prefault({}),
      /** How much of the log stays in etcd; every gateway has all of it. */
      log: z
        .strictObject({
          keptEvents: z.number().int().min(1).default(20_000),
          /** The gateways sign a checkpoint every so many events; the same on all of them. */
          checkpointEvents: z.number().int().min(1).default(10_000),
          /** A gateway silent for longer no longer holds events in etcd; it catches up from another one. */
          silentMs: z
            .number()
            .int()
            .min(1000)
            .default(7 * 86_400_000),
          trimEveryMs: z.number().int().min(100).default(60_000),
        })
        .prefault({}),
      /** An etcd of the operator's own as the database of the cluster; without it etcd runs inside the gateways. */
      external: z
        .strictObject({
          endpoints: z
            .array(z.string().regex(/^[^\s/]+:\d{1,5}$/, 'host:port'))
            .min(1)
            .max(9),
          /** PEM files: who the servers are, and who this gateway is to them. */
          ca: z.string().min(1),
          clientCertificate: z.string().min(1),
          key: z.string().min(1),
          /** In front of every key; nothing outside of it is read or written. */
          prefix: z.string().regex(/^\/(?:[A-Za-z0-9._-]{1,63}\/){1,8}$/, 'begins and ends with a slash'),
        })
        .optional(),
      /** Location of this gateway: copies of mails go to another one first. */
      site: z
        .string()
        .regex(/^[A-Za-z0-9 ._-]{0,63}$/, 'letters, digits, dots, hyphens')
        .default(''),
      /** A gateway that is silent for so long may be taken over. */
      leaseTtlMs: z.number().int().min(1000).max(600_000).default(15_000),
    })
    .prefault({}),
  spool: z
    .strictObject({
      /** A second copy of each accepted mail on another gateway: `auto` = `require` from three gateways on, else `prefer`. */
      shadow: z.enum(['auto', 'require', 'prefer', 'off']).default('auto'),
      /** A gateway that is cut off from all others delivers copied mail again after so long. */
      selfFenceGraceMs: z.number().int().nonnegative().default(60_000),
    })
    .prefault({}),
  fetch: z
    .strictObject({
      /** Ranges (CIDR) of the own network where CRLs and key servers may be fetched from. */
      allowPrivate: z.array(z.string()).default([]),
    })
    .prefault({}),
  /** True when there is no configuration file: local mailbox page, demonstration partner, one operator. */
  tryOut: z.boolean().default(false),
  /** Port of the try-out's mailbox, where everything that leaves ends up. */
  mailboxPort: port.default(2527),
});

export type Settings = z.infer<typeof settingsSchema> & {
  /** Absolute path of the file they were read from; absent when there was none. */
  readonly file?: string;
};
