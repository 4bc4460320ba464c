/**
 * Where things lie in a gateway's data folder. One place, so that the permission of each process can be read off it.
 *
 * Sockets lie below `run/`, which neither `receive` nor `send` may read.
 */
import { join } from 'node:path';

export interface Layout {
  readonly root: string;
  /** LevelDB of the event log and the vault, head file, this gateway's signing key. Only `ledger`. */
  readonly ledger: string;
  readonly ledgerSocket: string;
  /** This gateway's X25519 node key. Only `keys`. */
  readonly keys: string;
  readonly keysSocket: string;
  /** Passwords of PDFs in clear: only `protect` may use it. */
  readonly keysPdfSocket: string;
  readonly fetchSocket: string;
  /** HTML onto pages. */
  readonly renderSocket: string;
  /** `spool.pub`: raw X25519 public key that `receive` seals to. Written by `keys`, read by `receive`. */
  readonly spoolPublicKey: string;
  /** Signs of life (alive-mark.ts) of the processes without a socket. */
  readonly protectAlive: string;
  readonly sendAlive: string;
  /** Key and certificate of the listeners (node/tls/). The key is read by `receive` only; `protect` puts the certificate there. */
  readonly receiveTls: string;
  /** The same for the page. */
  readonly webTls: string;
  /** Which mail domains are ours, for `receive`. Written by `protect`. */
  readonly receivePolicy: string;
  /** `receive` writes here and renames into `spoolReady`. Same file system. */
  readonly spoolIncoming: string;
  /** Complete sealed mails, `<spoolId>.sgf`. `protect` reads and removes. */
  readonly spoolReady: string;
  /** Files of settled mails, to be written over (spare-files.ts). `protect` puts, `receive` takes. Same file system. */
  readonly spoolSpare: string;
  /** Unlinked files of large mails while they are open; always empty. Only `protect`. */
  readonly scratch: string;
  /** Cluster only: sealed originals of mails that are through the line and not done, for another copy. */
  readonly spoolKept: string;
  /** Cluster only: what is done already of adopted mails. Written by `peer`, read by `protect`. */
  readonly spoolDone: string;
  /** Cluster only: how mails are named and copied. Written by `peer`, read by `receive` and `protect`. */
  readonly spoolPolicy: string;
  /** Cluster only: until when `send` may deliver without asking. Written by `peer`. */
  readonly sendFence: string;
  /** Of `peer`, for `receive`: copies of mails that are being accepted. */
  readonly shadowSocket: string;
  /** Of `peer`, for `protect` and `send`: what became of mails. */
  readonly progressSocket: string;
  /** What the line learnt while the log takes no changes. Only `protect`. */
  readonly spoolOutbox: string;
  /** What waits for the log, for `web`. Written by `protect`. */
  readonly lineState: string;
  /** Mails that wait for a key or a person. Only `protect`. */
  readonly spoolHold: string;
  /** `queue.pub`: raw X25519 public key that `protect` seals outgoing mails to. Written by `send`. */
  readonly queuePublicKey: string;
  readonly queueIncoming: string;
  /** Complete sealed outgoing mails, `<queueId>.sgf`. `send` reads and removes. */
  readonly queueReady: string;
  /** Files of mails that have left, to be written over. `send` puts, `protect` and `send` take. Same file system. */
  readonly queueSpare: string;
  /** Per-mail state of delivery (attempts, next time). Only `send`. */
  readonly queueState: string;
  /** The queue's private key. Only `send`. */
  readonly send: string;
  /** Control commands for `send` (retry, hold, delete), dropped as files by `web` and the CLI. */
  readonly queueCommands: string;
  /** Trace journals, JSON lines: one a process. Read by `web` and `peer`. */
  readonly trace: string;
  /** Bounces and notices that `send` hands back to the mail line: `receive`-like sealed mails. */
  readonly web: string;
  readonly webSocket: string;
  /** Of `web`, for `peer`: what other gateways ask about traces. */
  readonly traceSocket: string;
  /** Of `peer`, for `web`: what this gateway asks of the others. */
  readonly othersSocket: string;
  readonly mailboxSocket: string;
  /** The desk in `protect` that the portal asks. */
  readonly portalSocket: string;
  /** Sealed answers on their way from the portal to the desk. */
  readonly portalIncoming: string;
  readonly portalReady: string;
  readonly portalSpare: string;
  /** Where the desk writes answers before they are in the spool. Same file system as `spoolReady`. */
  readonly deskIncoming: string;
  /** Membership: certificates of this gateway and the file below. Read by `ledger` and `peer`. */
  readonly cluster: string;
  /** There once this gateway is a member of a cluster: who it is there, and how the others are reached. */
  readonly clusterFile: string;
  /** Data of the etcd members, one folder a generation, with process id and log. */
  readonly etcd: string;
  /** Copies of mails that other gateways accepted: one folder an owner. Only `peer`. */
  readonly shadow: string;
  /** Counts of copies, for `web`. Written by `peer`. */
  readonly shadowCounts: string;
  /** Copies of the traces of other gateways: one folder a gateway. Written by `peer`, read by `web`. */
  readonly traceCopies: string;
  /** Try-out only: the demonstration partner's keys and, for `protect`, their public parts. Written by `mailbox`. */
  readonly mailbox: string;
}

export function layoutOf(root: string): Layout {
  const at = (...parts: string[]): string => join(root, ...parts);
  return {
    root,
    ledger: at('ledger'),
    ledgerSocket: at('run', 'ledger.sock'),
    keys: at('keys'),
    keysSocket: at('run', 'keys.sock'),
    keysPdfSocket: at('run', 'keys-pdf.sock'),
    fetchSocket: at('run', 'fetch.sock'),
    renderSocket: at('run', 'render.sock'),
    spoolPublicKey: at('spool', 'spool.pub'),
    protectAlive: at('spool', 'protect.alive'),
    sendAlive: at('queue', 'state', 'send.alive'),
    receiveTls: at('receive', 'tls'),
    webTls: at('web', 'tls'),
    receivePolicy: at('spool', 'receive-policy.json'),
    spoolIncoming: at('spool', 'incoming'),
    spoolReady: at('spool', 'ready'),
    spoolSpare: at('spool', 'spare'),
    scratch: at('spool', 'scratch'),
    spoolKept: at('spool', 'kept'),
    spoolDone: at('spool', 'done'),
    spoolPolicy: at('spool', 'shadow.json'),
    sendFence: at('spool', 'fence.json'),
    shadowSocket: at('run', 'shadow.sock'),
    progressSocket: at('run', 'progress.sock'),
    spoolOutbox: at('spool', 'outbox.jsonl'),
    lineState: at('spool', 'line.json'),
    spoolHold: at('spool', 'hold'),
    queuePublicKey: at('queue', 'queue.pub'),
    queueIncoming: at('queue', 'incoming'),
    queueReady: at('queue', 'ready'),
    queueSpare: at('queue', 'spare'),
    queueState: at('queue', 'state'),
    queueCommands: at('queue', 'commands'),
    send: at('send'),
    trace: at('trace'),
    web: at('web'),
    webSocket: at('run', 'web.sock'),
    traceSocket: at('run', 'trace.sock'),
    othersSocket: at('run', 'others.sock'),
    mailboxSocket: at('run', 'mailbox.sock'),
    portalSocket: at('run', 'portal.sock'),
    portalIncoming: at('portal', 'incoming'),
    portalReady: at('portal', 'ready'),
    portalSpare: at('portal', 'spare'),
    deskIncoming: at('spool', 'desk'),
    cluster: at('cluster'),
    clusterFile: at('cluster', 'cluster.json'),
    etcd: at('etcd'),
    shadow: at('shadow'),
    shadowCounts: at('shadow', 'counts.json'),
    traceCopies: at('trace-copies'),
    mailbox: at('mailbox'),
  };
}
