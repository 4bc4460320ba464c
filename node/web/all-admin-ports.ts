/** All that the management needs of the gateway, in one object; each topic's port is declared with its types. */
import type {
  AuditPort,
  CertificatesPort,
  ClusterAdminPort,
  MailboxPort,
  OperatorsPort,
  PeoplePort,
  PolicyPort,
  QueuePort,
  StatusPort,
} from './admin-ports.ts';
import type { PdfAdminPort } from './pdf-admin-port.ts';

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
