/**
 * The router of the management: one name for each topic. The page and the command line import its type, nothing else.
 */
import { auditProcedures } from './procedures/audit-procedures.ts';
import { certificatesProcedures } from './procedures/certificates-procedures.ts';
import { clusterProcedures } from './procedures/cluster-procedures.ts';
import { mailboxProcedures } from './procedures/mailbox-procedures.ts';
import { mailsProcedures } from './procedures/mails-procedures.ts';
import { operatorsProcedures } from './procedures/operators-procedures.ts';
import { pdfProcedures } from './procedures/pdf-procedures.ts';
import { peopleProcedures } from './procedures/people-procedures.ts';
import { policyProcedures } from './procedures/policy-procedures.ts';
import { queueProcedures } from './procedures/queue-procedures.ts';
import { sessionProcedures } from './procedures/session-procedures.ts';
import { statusProcedures } from './procedures/status-procedures.ts';
import { router } from './trpc.ts';

export const adminRouter = router({
  session: sessionProcedures,
  status: statusProcedures,
  mails: mailsProcedures,
  queue: queueProcedures,
  certificates: certificatesProcedures,
  people: peopleProcedures,
  policy: policyProcedures,
  pdf: pdfProcedures,
  operators: operatorsProcedures,
  audit: auditProcedures,
  cluster: clusterProcedures,
  mailbox: mailboxProcedures,
});

export type AdminRouter = typeof adminRouter;
