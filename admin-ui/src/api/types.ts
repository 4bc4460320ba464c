/** Names for what the gateway answers, derived from its router. */
import type { api } from './client.ts';

type Answer<T extends { query: (...args: never[]) => Promise<unknown> }> = Awaited<ReturnType<T['query']>>;

export type SessionState = NonNullable<Answer<typeof api.session.current>>;
export type Role = SessionState['roles'][number];
export type Overview = Answer<typeof api.status.overview>;
export type GatewayStatus = Overview['status'];
export type Alarm = Overview['alarms'][number];
export type MailRow = Answer<typeof api.mails.list>['rows'][number];
export type MailTrace = NonNullable<Answer<typeof api.mails.get>>;
export type Decision = NonNullable<MailTrace['decision']>;
export type RecipientTrace = Decision['recipients'][number];
export type CopyTrace = RecipientTrace['copies'][number];
export type Verdict = Decision['verdict'];
export type CertificateRow = Answer<typeof api.certificates.list>['rows'][number];
export type CertificateDetail = Answer<typeof api.certificates.get>;
export type ImportReport = Awaited<ReturnType<typeof api.certificates.import.mutate>>;
export type PersonRow = Answer<typeof api.people.list>['rows'][number];
export type MailDomainRow = Answer<typeof api.people.domains>[number];
export type PolicyState = Answer<typeof api.policy.state>;
export type RuleBook = NonNullable<PolicyState['published']>['book'];
export type Rule = RuleBook['rules'][number];
export type Condition = Rule['when'];
export type Pass = Rule['passes'][number];
export type Action = Pass['actions'][number];
export type SourceProblem = Awaited<ReturnType<typeof api.policy.checkSource.mutate>>['problems'][number];
export type DryRunDecision = Awaited<ReturnType<typeof api.policy.explain.mutate>>[number];
export type PdfPairRow = Answer<typeof api.pdf.pairs>['rows'][number];
export type PdfPolicy = Answer<typeof api.pdf.policy>['policy'];
export type PdfStatistics = Answer<typeof api.pdf.statistics>;
export type PdfTemplate = Answer<typeof api.pdf.templates>[number]['template'];
export type OperatorRow = Answer<typeof api.operators.list>[number];
export type AuditRow = Answer<typeof api.audit.events>['rows'][number];
export type MailboxRow = Answer<typeof api.mailbox.list>[number];
export type MailboxMail = Answer<typeof api.mailbox.get>;
