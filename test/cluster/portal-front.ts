/**
 * What stands in front of the portals of a cluster, as a load balancer does: one address for the browser, and whichever
 * gateway takes a connection behind it, the first that does in their order.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface PortalFront {
  readonly url: string;
  close(): Promise<void>;
}

export async function portalFront(ports: readonly number[]): Promise<PortalFront> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const pass = (browser: Socket, rest: readonly number[]): void => {
    const [port, ...others] = rest;
    if (port === undefined) {
      browser.destroy();
      return;
    }
    const portal = connect(port, '127.0.0.1');
    portal.once('error', () => pass(browser, others));
    portal.once('connect', () => {
      portal.removeAllListeners('error');
      keep(portal).pipe(browser).pipe(portal);
      portal.on('close', () => browser.destroy());
      browser.on('close', () => portal.destroy());
    });
  };
  const server: Server = createServer((browser) => pass(keep(browser), ports));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
