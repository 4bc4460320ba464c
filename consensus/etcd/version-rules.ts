/**
 * Which etcd versions may be run, and why not (replication.md, requirement 14). Pure.
 *
 * Refused is what is known to lose or corrupt data, or what lacks what we call; warned of is what its makers no longer
 * mend, or have mended since.
 */
export interface EtcdVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

export type VersionVerdict =
  | { readonly verdict: 'fine' }
  | { readonly verdict: 'warned' | 'refused'; readonly reason: string };

const FINE: VersionVerdict = { verdict: 'fine' };
const refused = (reason: string): VersionVerdict => ({ verdict: 'refused', reason });
const warned = (reason: string): VersionVerdict => ({ verdict: 'warned', reason });

/** The makers' own minimum for production: below, members could diverge after a crash. */
const PATCH_MIN_3_4 = 22;
/** 3.5.0 to 3.5.2 corrupt data after a crash under load; 3.5.3 to 3.5.5 still can through authentication and defragmentation. */
const PATCH_MIN_3_5 = 6;
/** First patch with all security fixes known now, by minor. */
const PATCH_WISHED = new Map([
  [5, 33],
  [6, 14],
  [7, 1],
]);
/** Before it, a member that was removed can come back, and a promotion of a learner can be forgotten (3.6 refuses such data). */
const PATCH_BEFORE_3_6 = 26;

/** From the output of `etcd --version`, or a version alone (`3.5.33`); null when there is none in it. */
export function readEtcdVersion(output: string): EtcdVersion | null {
  const found = /^(?:etcd Version: *v?)?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:[-+\s]|$)/m.exec(output);
  if (!found) return null;
  return { major: Number(found[1]), minor: Number(found[2]), patch: Number(found[3]) };
}

export const writeEtcdVersion = ({ major, minor, patch }: EtcdVersion): string =>
  `${major}.${minor}.${patch}`;

export function judgeVersion(version: EtcdVersion): VersionVerdict {
  const { major, minor, patch } = version;
  const told = `etcd ${writeEtcdVersion(version)}`;
  if (major !== 3 || minor < 4)
    return refused(`${told} is not supported: learners and their promotion need 3.4 or later`);
  if (minor === 4) {
    if (patch < PATCH_MIN_3_4)
      return refused(`${told} can lose data: its makers' minimum is 3.4.${PATCH_MIN_3_4}`);
    return warned(
      `${told} gets no fixes any more; its access control can be bypassed: install 3.5.${PATCH_WISHED.get(5)} or later`,
    );
  }
  if (minor === 5 && patch < PATCH_MIN_3_5)
    return refused(`${told} can corrupt data: its makers' minimum is 3.5.${PATCH_MIN_3_5}`);
  const wished = PATCH_WISHED.get(minor);
  if (wished === undefined) return warned(`${told} is newer than what was tested here`);
  if (patch < wished) return warned(`${told} lacks fixes of 3.${minor}.${wished}`);
  return FINE;
}

/** From what a member's data was last written by, to what shall run on it now. */
export function judgeUpgrade(from: EtcdVersion, to: EtcdVersion): VersionVerdict {
  const told = `${writeEtcdVersion(from)} to ${writeEtcdVersion(to)}`;
  if (from.major !== to.major) return refused(`${told}: no way between major versions`);
  if (to.minor < from.minor) return refused(`${told}: the older version does not read the newer one's data`);
  if (to.minor > from.minor + 1) return refused(`${told}: one minor version at a time`);
  if (from.minor === 5 && to.minor === 6 && from.patch < PATCH_BEFORE_3_6)
    return refused(`${told}: all members must run 3.5.${PATCH_BEFORE_3_6} or later first`);
  return FINE;
}
