/**
 * All packets of a list that openpgp.js has read: it stops after literal data and leaves the rest in a stream of its own.
 */

interface StreamedList extends Iterable<unknown> {
  /** Null when nothing is left. */
  readonly stream: { getReader(): { read(): Promise<{ done: boolean; value?: unknown }> } } | null;
}

/** Rejects when the rest is malformed, against the grammar of §10.3, or not authentic. */
export async function allPackets(list: unknown): Promise<unknown[]> {
  const { stream } = list as StreamedList;
  const packets = [...(list as StreamedList)];
  if (!stream) return packets;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return packets;
    packets.push(value);
  }
}
