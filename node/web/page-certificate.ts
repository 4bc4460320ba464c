/**
 * The certificate of the page: PEM files, or one of our own authority that is replaced in time, or none.
 */
import { readFileSync } from 'node:fs';
import type { ProcessContext } from '#node/process.ts';
import { followCertificate, type ServerCertificate } from '#node/tls/certificate-folder.ts';

export interface PageCertificate {
  /** Null: plain HTTP. */
  readonly first: ServerCertificate | null;
  onNew(use: (certificate: ServerCertificate) => void): void;
  stop(): void;
}

const CERTIFICATE_WAIT_MS = 30_000; // For the authority at the first start; then the supervisor tries again.

/** Rejects when the own authority gave none in time. */
export async function pageCertificate(context: ProcessContext): Promise<PageCertificate> {
  const { tls, tlsCertificate, tlsKey } = context.settings.web;
  if (tlsCertificate !== undefined && tlsKey !== undefined) {
    return unchanging({ cert: readFileSync(tlsCertificate), key: readFileSync(tlsKey) });
  }
  return tls === 'none' ? unchanging(null) : ofOwnAuthority(context);
}

const unchanging = (first: ServerCertificate | null): PageCertificate => ({
  first,
  onNew: () => {},
  stop: () => {},
});

async function ofOwnAuthority({ layout, log }: ProcessContext): Promise<PageCertificate> {
  const found = Promise.withResolvers<ServerCertificate>();
  let use: (certificate: ServerCertificate) => void = found.resolve;
  const stop = followCertificate(layout.webTls, log, (certificate) => use(certificate));
  const timer = setTimeout(
    () => found.reject(new Error('no certificate of the own authority for the page yet')),
    CERTIFICATE_WAIT_MS,
  );
  try {
    const first = await found.promise;
    return {
      first,
      onNew: (renew) => {
        use = renew;
      },
      stop,
    };
  } catch (error) {
    stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
