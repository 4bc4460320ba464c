/**
 * How octets go into openpgp.js and come out of it.
 *
 * Packets behind literal data and contents of packets come out as streams of its own, which are all in memory already;
 * they are read to the end here.
 */

interface Stream {
  getReader(): { read(): Promise<{ done: boolean; value?: unknown }> };
}

interface StreamedList extends Iterable<unknown> {
  /** Null when nothing is left. */
  readonly stream: Stream | null;
}

/** Rejects when the rest is malformed, against the grammar of §10.3, or not authentic. */
export async function allPackets(list: unknown): Promise<unknown[]> {
  const { stream } = list as StreamedList;
  return [...(list as StreamedList), ...(stream ? await restOf(stream) : [])];
}

/** Octets that may be a stream of them. */
export async function allOctets(data: unknown): Promise<Uint8Array> {
  if (data instanceof Uint8Array) return data;
  return plainOctets(Buffer.concat((await restOf(data as Stream)) as Uint8Array[]));
}

/**
 * The same octets as a plain Uint8Array. A Buffer must not reach the library: its `slice` shares memory where a
 * Uint8Array's copies, and OCB then writes into its own input.
 */
export function plainOctets(octets: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(octets.buffer as ArrayBuffer, octets.byteOffset, octets.length);
}

async function restOf(stream: Stream): Promise<unknown[]> {
  const items: unknown[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return items;
    items.push(value);
  }
}
