/**
 * Takes the form of an answer while it comes in and writes it, as a mail, sealed and synced into the portal's folder.
 *
 * Shape:  multipart/form-data with `token`, `submission`, `message` in front of the files, as the page has them.
 * Limits: files and octets by setting; a text of MESSAGE_BYTES_MAX. Whatever is wrong drops what was written.
 */
import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import type { IncomingMail } from '#node/spool/incoming-mail.ts';
import { SpoolError, type SpoolWriter } from '#node/spool/spool-writer.ts';
import type { AnswerMail } from './answer-mail.ts';
import type { ReplyLimits, ReplyProblem, ValidView } from './pages/reply-page.ts';

const MESSAGE_BYTES_MAX = 256 * 1024; // A hundred pages.
const HEADER_BYTES_MAX = 16 * 1024; // Of the sealed file: two addresses and some facts.
const FIELDS_MAX = 10;

export interface UploadParts {
  readonly spool: SpoolWriter;
  readonly limits: ReplyLimits;
  /** Name of the sealed file. */
  readonly upload: string;
  readonly header: (sizeBytes: number) => SpoolHeader;
  /** `submission` as the form has it. */
  readonly mail: (submission: string) => AnswerMail;
  readonly view: ValidView;
}

export type Uploaded =
  | {
      readonly kind: 'stored';
      readonly submission: string;
      readonly files: number;
      readonly message: string;
    }
  | { readonly kind: 'refused'; readonly problem: ReplyProblem; readonly message: string };

const SUBMISSION = /^[0-9A-HJKMNP-TV-Z]{26}$/;

export function takeUpload(
  body: Readable,
  headers: Record<string, string | string[] | undefined>,
  parts: UploadParts,
): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    let form: ReturnType<typeof Busboy>;
    try {
      form = Busboy({
        headers: headers as BusboyHeaders,
        limits: {
          fieldSize: MESSAGE_BYTES_MAX,
          fields: FIELDS_MAX,
          files: parts.limits.filesMax + 1, // An empty file input counts as one.
          fileSize: parts.limits.bytesMax,
        },
      });
    } catch {
      resolve({ kind: 'refused', problem: 'cutOff', message: '' });
      return;
    }
    const taking = new Taking(parts);
    let settled = false;
    const settle = (problem: ReplyProblem | null): void => {
      if (settled) return;
      settled = true;
      if (problem !== null) taking.drop();
      body.unpipe(form);
      body.resume(); // What still comes is read and forgotten, so that the answer reaches the browser.
      if (problem !== null) resolve({ kind: 'refused', problem, message: taking.message });
      else taking.finish().then(resolve, reject);
    };
    form.on('field', (name, value, _cutName, cut) => {
      if (cut) settle('tooLarge');
      else taking.field(name, value);
    });
    form.on('file', (_name, stream, filename, _encoding, type) => {
      const problem = settled ? null : taking.file(stream, filename ?? '', type, settle);
      if (problem !== null) settle(problem);
      if (settled) stream.resume();
    });
    form.on('filesLimit', () => settle('tooMany'));
    form.on('fieldsLimit', () => settle('cutOff'));
    form.on('finish', () => settle(taking.problemAtEnd()));
    form.on('error', () => settle('cutOff'));
    body.on('aborted', () => settle('cutOff'));
    body.on('error', () => settle('cutOff'));
    body.pipe(form);
  });
}

/** One answer that is being taken. */
class Taking {
  readonly #parts: UploadParts;
  readonly #incoming: IncomingMail;
  readonly #fields = new Map<string, string>();
  #mail: AnswerMail | null = null;
  #files = 0;
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: UploadParts) {
    this.#parts = parts;
    this.#incoming = parts.spool.incoming(parts.upload, HEADER_BYTES_MAX);
  }

  get message(): string {
    return this.#fields.get('message') ?? '';
  }

  field(name: string, value: string): void {
    if (this.#mail === null) this.#fields.set(name, value);
  }

  file(
    stream: BusboyFileStream,
    name: string,
    type: string,
    settle: (problem: ReplyProblem) => void,
  ): ReplyProblem | null {
    if (name === '') {
      stream.resume(); // No file was chosen.
      return null;
    }
    const problem = this.#begin();
    if (problem !== null) return problem;
    this.#files += 1;
    if (this.#files > this.#parts.limits.filesMax) return 'tooMany';
    const mail = this.#mail!;
    this.#push(mail.beginFile(name, type));
    stream.on('data', (piece: Buffer) => {
      this.#bytes += piece.length;
      if (this.#bytes > this.#parts.limits.bytesMax) return settle('tooLarge');
      const wait = this.#push(mail.piece(piece));
      if (wait === undefined) return;
      stream.pause();
      this.#writing = wait.then(() => void stream.resume());
    });
    stream.on('limit', () => settle('tooLarge'));
    stream.on('end', () => this.#push(mail.endFile()));
    stream.on('error', () => settle('cutOff'));
    return null;
  }

  problemAtEnd(): ReplyProblem | null {
    const problem = this.#begin();
    if (problem !== null) return problem;
    return this.message.trim() === '' && this.#files === 0 ? 'empty' : null;
  }

  drop(): void {
    this.#incoming.abort();
  }

  /** Rejects with nothing: a disk that is full is told as `unavailableText`. */
  async finish(): Promise<Uploaded> {
    await this.#writing;
    this.#push(this.#mail!.end());
    try {
      await this.#parts.spool.commit(this.#incoming, this.#parts.header(this.#incoming.sizeBytes));
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error;
      return { kind: 'refused', problem: 'unavailableText', message: this.message };
    }
    const submission = this.#fields.get('submission')!;
    return { kind: 'stored', submission, files: this.#files, message: this.message };
  }

  /** The mail begins when all that stands before the files is there. */
  #begin(): ReplyProblem | null {
    if (this.#mail !== null) return null;
    const submission = this.#fields.get('submission') ?? '';
    if (this.#fields.get('token') !== this.#parts.view.formToken || !SUBMISSION.test(submission)) {
      return 'formTooOld';
    }
    this.#mail = this.#parts.mail(submission);
    this.#push(this.#mail.begin(this.message));
    return null;
  }

  #push(bytes: Uint8Array): Promise<void> | undefined {
    return this.#incoming.push(bytes);
  }
}
