/** Hands a file to the browser's downloads, and reads one that was dropped; both as base64 of the API. */
import type { api } from '../api/client.ts';

type Exported = Awaited<ReturnType<typeof api.certificates.export.query>>;

const CHUNK_CHARS = 0x8000; // What a call may have as arguments.

export function saveFile({ fileName, mediaType, base64 }: Exported): void {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}

export async function fileAsBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK_CHARS) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_CHARS));
  }
  return btoa(text);
}
