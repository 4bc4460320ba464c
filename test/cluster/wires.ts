/**
 * The wires between gateways under test, which can be cut: each port of a gateway that others dial is one of ours, and
 * octets go on to the gateway's own while they may. Needs neither root nor namespaces.
 *
 *   const wires = new Wires();
 *   const port = await wires.lay({ folder, host: '127.0.0.2', port: 2379 });   // the port to advertise
 *   wires.cut(a, b);        // nothing from a to b any more; the other way as before
 *   wires.heal();
 *
 * With a length every octet between two gateways takes that long, each way; nothing within one gateway does.
 *
 * A cut is that of a cable: connections stay open and silent, what was sent is kept by the system and comes after
 * healing, unless one side has given up; a new connection waits. Who dials is found by its process (/proc): one that
 * names a gateway's folder in its command line is that gateway's, any other is nobody's and is never cut.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface WireEnd {
  /** Of the gateway that is reached: a folder that all its processes name. */
  readonly folder: string;
  /** Where it listens. */
  readonly host: string;
  readonly port: number;
}

/** Octets of one connection: `dialer` is a gateway's folder, or empty. */
interface Connection {
  readonly dialer: string;
  readonly end: WireEnd;
  readonly near: Socket;
  far: Socket | null;
}

const DIALED_AT = '127.0.0.1';

export class Wires {
  readonly #lengthMs: number;
  readonly #servers: Server[] = [];
  readonly #folders = new Set<string>();
  readonly #connections = new Set<Connection>();
  readonly #cut = new Set<string>();
  /** Which gateway's a process is, as it was found last. */
  #processes = new Map<string, string>();

  constructor(options: { readonly lengthMs?: number } = {}) {
    this.#lengthMs = options.lengthMs ?? 0;
  }

  /** Takes connections on `port` of 127.0.0.1 for it. */
  async lay(end: WireEnd): Promise<void> {
    this.#folders.add(end.folder);
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) =>
      this.#dialed(near, end),
    );
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(end.port, DIALED_AT, resolve);
    });
  }

  /** Gateways by their folders. */
  cut(from: string, to: string): void {
    this.#cut.add(wire(from, to));
    this.#settle();
  }

  /** All of a gateway's wires to the others, both ways. */
  isolate(folder: string): void {
    for (const other of this.#folders) {
      if (other === folder) continue;
      this.#cut.add(wire(folder, other)).add(wire(other, folder));
    }
    this.#settle();
  }

  heal(): void {
    this.#cut.clear();
    this.#settle();
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const connection of this.#connections) this.#end(connection);
  }

  #dialed(near: Socket, end: WireEnd): void {
    const dialer = this.#dialerOf(near);
    const connection: Connection = { dialer, end, near, far: null };
    this.#connections.add(connection);
    near.on('error', () => this.#end(connection));
    near.on('close', () => this.#end(connection));
    this.#goOn(connection);
  }

  #settle(): void {
    for (const connection of this.#connections) this.#goOn(connection);
  }

  /** A connection comes about when both ways are whole; afterwards each way is on its own. */
  #goOn(connection: Connection): void {
    const { dialer, end, near } = connection;
    const there = !this.#cut.has(wire(dialer, end.folder));
    const back = !this.#cut.has(wire(end.folder, dialer));
    if (!connection.far) {
      if (!there || !back) return;
      const far = connect({ host: end.host, port: end.port, noDelay: true, allowHalfOpen: true });
      connection.far = far;
      far.on('error', () => this.#end(connection));
      far.on('close', () => this.#end(connection));
      const lengthMs = dialer === '' || dialer === end.folder ? 0 : this.#lengthMs;
      carry(near, far, lengthMs);
      carry(far, near, lengthMs);
    }
    flow(near, connection.far, there);
    flow(connection.far, near, back);
  }

  #end(connection: Connection): void {
    if (!this.#connections.delete(connection)) return;
    connection.near.destroy();
    connection.far?.destroy();
  }

  #dialerOf({ remotePort, localPort }: Socket): string {
    const socket = socketOf(remotePort ?? 0, localPort ?? 0);
    if (!socket) return '';
    for (const [pid, folder] of this.#processes) if (holds(pid, socket)) return folder;
    this.#processes = processesOf(this.#folders);
    for (const [pid, folder] of this.#processes) if (holds(pid, socket)) return folder;
    return '';
  }
}

const wire = (from: string, to: string): string => `${from} > ${to}`;

/** What comes in leaves on the other side, as late as the wire is long; so does the end. */
function carry(from: Socket, to: Socket, lengthMs: number): void {
  const later = (leave: () => void): void => {
    if (lengthMs === 0) leave();
    else setTimeout(leave, lengthMs);
  };
  from.on('data', (piece: Buffer) =>
    later(() => {
      if (!to.destroyed && !to.write(piece)) from.pause();
    }),
  );
  to.on('drain', () => {
    if (!stopped.has(from)) from.resume();
  });
  from.on('end', () => later(() => to.end()));
}

/** Sides whose octets wait for the wire to be whole. */
const stopped = new WeakSet<Socket>();

function flow(from: Socket, to: Socket, whole: boolean): void {
  if (!whole) {
    stopped.add(from);
    from.pause();
  } else {
    stopped.delete(from);
    if (!to.writableNeedDrain) from.resume();
  }
}

/** `socket:[inode]` of the other side of a connection on loopback, proc(5); null when it has gone again. */
function socketOf(remotePort: number, localPort: number): string | null {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  const [theirs, ours] = [`:${hex(remotePort)}`, `:${hex(localPort)}`];
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n')) {
    const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
    if (local?.endsWith(theirs) && remote?.endsWith(ours) && inode !== '0') return `socket:[${inode}]`;
  }
  return null;
}

function processesOf(folders: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const line = ifThere(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    for (const folder of folders) if (line?.includes(folder)) found.set(pid, folder);
  }
  return found;
}

function holds(pid: string, socket: string): boolean {
  const folder = `/proc/${pid}/fd`;
  const entries = ifThere(() => readdirSync(folder)) ?? [];
  return entries.some((entry) => ifThere(() => readlinkSync(`${folder}/${entry}`)) === socket);
}

/** Null when the process has ended meanwhile, or is another user's. */
function ifThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
