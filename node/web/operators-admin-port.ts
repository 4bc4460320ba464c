/** Operators and their roles, for the management. */
import type { Role } from '#domain/operators/role.ts';
import type { Actor } from './admin-request.ts';

export interface OperatorRow {
  /** The name to sign in with; part of the stream's name. */
  readonly id: string;
  /** For display. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly enabled: boolean;
  /** The password was made by the machine: the next sign-in sets another before anything else. */
  readonly mustChange: boolean;
}

export interface OperatorsPort {
  list(): Promise<readonly OperatorRow[]>;
  /** For sign-in: the PHC string of the password beside the row; null when there is no such operator. */
  credential(id: string): Promise<(OperatorRow & { readonly passwordHash: string }) | null>;
  create(
    request: { id: string; name: string; roles: readonly Role[]; passwordHash: string; mustChange: boolean },
    by: Actor,
  ): Promise<void>;
  setRoles(request: { id: string; roles: readonly Role[] }, by: Actor): Promise<void>;
  setPassword(request: { id: string; passwordHash: string; mustChange: boolean }, by: Actor): Promise<void>;
  setEnabled(request: { id: string; enabled: boolean }, by: Actor): Promise<void>;
}

// ── Mailbox of the try-out ──────────────────────────────────────────────────────────────────────────────────────────
