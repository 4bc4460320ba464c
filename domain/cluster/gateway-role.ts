/** What a member of a cluster does (replication.md §4.1). */

/**
 * `voter` runs a member of the engine; `gateway` follows the voters; `standby` too, and an append waits for it while it is
 * there (pair without a third box); `witness` votes, but has no key and processes no mail.
 */
export type GatewayRole = 'voter' | 'gateway' | 'standby' | 'witness';
