/**
 * What openpgp.js hands out as streams of its own, read to the end: packets behind literal data, contents of packets.
 *
 * Such a stream is all in memory already; nothing is waited for.
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
  return Buffer.concat((await restOf(data as Stream)) as Uint8Array[]);
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
