/** The part of mx-connect 2 that dial.ts uses; the package has no types of its own. */
declare module 'mx-connect' {
  import type { Socket } from 'node:net';

  export default function mxConnect(options: {
    target: string;
    port: number;
    maxConnectTime: number;
    ignoreMXHosts: string[];
    dnsOptions: {
      blockLocalAddresses?: boolean;
      resolveRecords?: (domain: string, type: string) => Promise<unknown[]>;
    };
  }): Promise<{ socket: Socket; hostname: string; host: string; port: number }>;
}
