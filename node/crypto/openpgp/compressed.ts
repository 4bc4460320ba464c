/**
 * Compressed data packets, unpacked here and not by openpgp.js: within the mail's budget (threat 24), one layer only, and
 * with octets behind the deflate stream allowed, where Sequoia puts its padding.
 *
 * RFC 9580 §5.6. BZip2 is left to the library.
 */
import { inflateRawSync, inflateSync } from 'node:zlib';
import {
  CompressedDataPacket,
  type Config,
  enums,
  LiteralDataPacket,
  OnePassSignaturePacket,
  PacketList,
  SignaturePacket,
} from 'openpgp';
import { READING } from './algorithms.ts';
import { allOctets, allPackets, plainOctets } from './packet-list.ts';

/** What all layers of one mail may unpack together; each takes off what it used. */
export interface DecompressionBudget {
  remainingBytes: number;
}

/** Stands for the library's class of the same packet while a message is read: keeps the octets as they are. */
export class CompressedOctets {
  static readonly tag = enums.packet.compressedData;
  octets: Uint8Array = new Uint8Array(0);

  async read(body: unknown): Promise<void> {
    this.octets = await allOctets(body);
  }
}

/**
 * Settings for reading a message. A packet class given here takes the place of the library's own. What is malformed beside
 * the data, one recipient's session key say, does not stop the others.
 */
export const OPENING: Config = {
  ...READING,
  ignoreMalformedPackets: true,
  additionalAllowedPackets: [CompressedOctets] as unknown as Config['additionalAllowedPackets'],
};

/** Only these may be in it: no second compression, no encryption. */
const INSIDE = {
  [LiteralDataPacket.tag]: LiteralDataPacket,
  [OnePassSignaturePacket.tag]: OnePassSignaturePacket,
  [SignaturePacket.tag]: SignaturePacket,
} as unknown as Map<enums.packet, object>; // The declarations say Map, the library takes an object.

/** The packets in decrypted data. Padding is left out by the library. */
export async function packetsInside(plain: Uint8Array): Promise<unknown[]> {
  const allowed = { ...INSIDE, [CompressedOctets.tag]: CompressedOctets };
  return allPackets(await PacketList.fromBinary(plainOctets(plain), allowed, OPENING));
}

/** Rejects when it is malformed or larger than the budget allows. */
export async function unpacked(
  { octets }: CompressedOctets,
  budget: DecompressionBudget,
): Promise<unknown[]> {
  const body = octets.subarray(1);
  const options = { maxOutputLength: Math.max(1, budget.remainingBytes) };
  let plain: Uint8Array;
  switch (octets[0]) {
    case enums.compression.uncompressed:
      plain = body;
      break;
    case enums.compression.zip:
      plain = inflateRawSync(body, options);
      break;
    case enums.compression.zlib:
      plain = inflateSync(body, options);
      break;
    default:
      return unpackedByLibrary(octets, budget);
  }
  budget.remainingBytes -= plain.length;
  return allPackets(await PacketList.fromBinary(plainOctets(plain), INSIDE, READING));
}

/** What openpgp.js has in this packet and does not declare. */
interface ReadingPacket {
  packets: unknown;
  read(octets: Uint8Array, config: Config): Promise<void>;
}

async function unpackedByLibrary(octets: Uint8Array, budget: DecompressionBudget): Promise<unknown[]> {
  const packet = new CompressedDataPacket() as unknown as ReadingPacket;
  await packet.read(octets, { ...READING, maxDecompressedMessageSize: budget.remainingBytes });
  const packets = await allPackets(packet.packets);
  for (const literal of packets) {
    if (literal instanceof LiteralDataPacket) {
      budget.remainingBytes -= (literal as unknown as { getBytes(): Uint8Array }).getBytes().length;
    }
  }
  return packets;
}
