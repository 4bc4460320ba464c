/** All that the management needs of the gateway, in one object; each topic's port is declared with its types. */
import type { AuditPort } from './audit-admin-port.ts';
import type { CertificatesPort } from './certificates-admin-port.ts';
import type { ClusterAdminPort } from './cluster-admin-port.ts';
import type { MailboxPort } from './mailbox-admin-port.ts';
import type { OperatorsPort } from './operators-admin-port.ts';
import type { PdfAdminPort } from './pdf-admin-port.ts';
import type { PeoplePort } from './people-admin-port.ts';
import type { PolicyPort } from './policy-admin-port.ts';
import type { QueuePort } from './queue-admin-port.ts';
import type { StatusPort } from './status-admin-port.ts';

export interface AdminPorts {
  readonly status: StatusPort;
  readonly certificates: CertificatesPort;
  readonly people: PeoplePort;
  readonly policy: PolicyPort;
  readonly queue: QueuePort;
  readonly pdf: PdfAdminPort;
  readonly operators: OperatorsPort;
  readonly audit: AuditPort;
  readonly cluster: ClusterAdminPort;
  /** null outside the try-out. */
  readonly mailbox: MailboxPort | null;
}
