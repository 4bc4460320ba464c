/**
 * Stage `stamp`: the header as it leaves. Forged status of strangers goes, ours comes, commands and Bcc vanish, rules
 * add and delete fields. Comes before signing, since what is signed must carry what stands outside (RFC 9788).
 *
 * The body stays octet by octet; a mail without an edit keeps its octets altogether (P22).
 */

import { stripForged } from '#domain/mail/forged-status.ts';
import type { CopyGroup } from '#domain/mail/groups.ts';
import type { PlannedMail, Version } from '#domain/mail/line.ts';
import { joinOctets, octetsOf, windowOf } from '#domain/mail/octets.ts';
import { applyEdits, deleteNamed, type HeaderEdit, replaceNamed } from '#domain/mail/rewrite.ts';
import { statusEdits } from '#domain/mail/status.ts';
import { subjectOf, withoutCommands } from '#domain/mail/subject.ts';
import { textField } from '#domain/mime/header.ts';
import { gather } from '#domain/mime/text.ts';
import type { Language } from '#domain/people/mail-domain.ts';
import { entityOf } from './layer.ts';
import type { LinePorts } from './line-ports.ts';

const BLIND = ['bcc', 'resent-bcc'];

interface StampSettings {
  /** What senders write in braces, lower case. */
  readonly commands: ReadonlySet<string>;
  /** Of the status. */
  readonly language: Language;
}

export async function stampVersion(
  group: CopyGroup,
  mail: PlannedMail,
  { commands, language }: StampSettings,
  ports: LinePorts,
): Promise<Version> {
  const { version, copy } = group;
  const { header } = version.entity;
  const outside = mail.facts.zone === 'outside';
  // RFC 5322 §3.6.3, §3.6.6: nobody but the blind recipient may see it; as Postfix does, whatever the rules say.
  const cleaned = outside ? stripForged(version.entity) : BLIND.flatMap((name) => deleteNamed(header, name));
  let stamped = withEdits(version, cleaned);
  if (!copy.untouched) stamped = withoutCommandsInSubject(stamped, commands);
  if (copy.verify && version.verdict.layers.length > 0) {
    const edits = await statusEdits({
      entity: stamped.entity,
      verdict: version.verdict,
      tagSubject: copy.verify.tagSubject,
      spoolId: mail.header.spoolId,
      language,
      mac: (data) => ports.keys.mac({ purpose: 'status-header', data }),
    });
    stamped = withEdits(stamped, edits);
  }
  for (const edit of copy.headerEdits) {
    const { header: current } = stamped.entity;
    stamped = withEdits(
      stamped,
      edit.kind === 'delete'
        ? deleteNamed(current, edit.name.toLowerCase())
        : [{ kind: 'append', bytes: textField(edit.name, edit.value) }],
    );
  }
  return stamped;
}

/** P25: obeyed from inside only, but seen by nobody. */
function withoutCommandsInSubject(version: Version, commands: ReadonlySet<string>): Version {
  const { header } = version.entity;
  const subject = subjectOf(header);
  const clean = withoutCommands(subject, commands);
  if (clean === subject) return version;
  return withEdits(version, replaceNamed(header, 'subject', textField('Subject', clean)));
}

/** The version with another header; the same object when there is nothing to edit. */
function withEdits(version: Version, edits: readonly HeaderEdit[]): Version {
  if (edits.length === 0) return version;
  const { octets, entity } = version;
  const header = gather(applyEdits(windowOf(octets, 0, entity.header.end), entity.header, edits));
  const rest = windowOf(octets, entity.header.end, octets.sizeBytes);
  const made = entityOf(joinOctets([octetsOf(header), rest]));
  if (!made) throw new Error('a mail that was readable is not any more');
  return { ...version, ...made };
}
