/** Finds mails in the trace journals by sender, recipient, id and time. */
import type { MailRow, MailState, MailTrace } from './trace-model.ts';

export interface TraceSearch {
  readonly search: string;
  readonly state: MailState | null;
  readonly before: string | null;
  readonly limit: number;
}

export interface TraceIndex {
  search(request: TraceSearch): Promise<{ rows: readonly MailRow[]; next: string | null }>;
  get(spoolId: string): Promise<MailTrace | null>;
}
