/**
 * Frames between processes of one gateway, over Unix sockets.
 *
 * A frame is `u32 length | u32 jsonLength | json | blobs`, big endian. The JSON carries the message with every
 * Uint8Array replaced by `{"$b":[offset,length]}` into the blobs and every bigint by `{"$n":"…"}`. JSON, not V8
 * serialization: the process behind `keys` must never deserialise what a process that reads hostile bytes wrote.
 */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024; // An imported PKCS#12 or a log segment fits; a runaway peer does not.

export function encodeFrame(message: unknown): Buffer {
  const blobs: Uint8Array[] = [];
  const json = Buffer.from(JSON.stringify(withoutOctets(message, blobs, { offset: 0 })));
  const blobBytes = blobs.reduce((sum, blob) => sum + blob.length, 0);
  const head = Buffer.allocUnsafe(8);
  head.writeUInt32BE(4 + json.length + blobBytes, 0);
  head.writeUInt32BE(json.length, 4);
  return Buffer.concat([head, json, ...blobs]);
}

/**
 * The message with its octets moved into `blobs`. Not by a replacer of JSON.stringify: that sees a Buffer only after its
 * toJSON has turned it into an array of numbers.
 */
function withoutOctets(value: unknown, blobs: Uint8Array[], at: { offset: number }): unknown {
  if (typeof value === 'bigint') return { $n: value.toString() };
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) {
    blobs.push(value);
    at.offset += value.length;
    return { $b: [at.offset - value.length, value.length] };
  }
  if (Array.isArray(value)) return value.map((item) => withoutOctets(item, blobs, at));
  if ('toJSON' in value) return value;
  const out: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) out[name] = withoutOctets(field, blobs, at);
  return out;
}

/** Decodes the inside of a frame (after the length). Throws on anything malformed. */
function decodeFrame(inside: Buffer): unknown {
  const jsonLength = inside.readUInt32BE(0);
  const blobs = inside.subarray(4 + jsonLength);
  return JSON.parse(inside.toString('utf8', 4, 4 + jsonLength), (_key, value) => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value.$b)) {
      const [at, length] = value.$b as [number, number];
      if (!(at >= 0 && length >= 0 && at + length <= blobs.length))
        throw new Error('frame: blob out of range');
      return blobs.subarray(at, at + length);
    }
    return typeof value.$n === 'string' ? BigInt(value.$n) : value;
  });
}

/** Collects socket chunks and hands out whole messages. Throws when a frame is too large or malformed. */
export function frameReader(
  onMessage: (message: unknown) => void,
  bytesMax: () => number = () => FRAME_BYTES_MAX,
): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let have = 0;
  let need = 4;
  return (chunk) => {
    pending.push(chunk);
    have += chunk.length;
    while (have >= need) {
      const all = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending);
      const length = all.readUInt32BE(0);
      if (length > bytesMax() || length < 4) throw new Error(`frame: ${length} octets`);
      if (all.length < 4 + length) {
        pending = [all];
        need = 4 + length;
        return;
      }
      const rest = all.subarray(4 + length);
      pending = rest.length > 0 ? [rest] : [];
      have = rest.length;
      need = 4;
      onMessage(decodeFrame(all.subarray(4, 4 + length)));
    }
  };
}
