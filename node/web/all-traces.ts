/**
 * One search in the traces of all gateways: rows merged by time, each with the gateways it was on, and which gateways gave
 * no answer.
 *
 * A mail that was taken over is in the journals of two gateways, so its rows are made of what all know of it: each
 * gateway first names the mails that fit, then all are asked what they know of those. A page ends where the first
 * gateway's page ends; a mail has its place at the earliest moment that is known of it, so that no page shows it again.
 */

import type { TraceSearch } from './trace-index.ts';
import { idOf, momentOf } from './trace-index.ts';
import { type MailRow, type MailTrace, rowOf } from './trace-model.ts';
import type { TraceAnswerSource, TraceQuestion } from './trace-question.ts';
import { type MailParts, mergedParts, NO_PARTS, traceOf } from './trace-records.ts';

/** A gateway that a mail was on. */
export interface TraceOrigin {
  readonly name: string;
  /** It gave no answer: this is from the copy on another one. */
  readonly isCopy: boolean;
}

/** A gateway that gave no answer. */
export interface SilentGateway {
  readonly name: string;
  /** Its mails are found all the same, as far as they were copied. */
  readonly hasCopy: boolean;
}

interface Origins {
  /** Empty on a gateway on its own. */
  readonly gateways: readonly TraceOrigin[];
}

export interface MailPage {
  readonly rows: readonly (MailRow & Origins)[];
  readonly next: string | null;
  readonly silent: readonly SilentGateway[];
}

export interface MailStory {
  readonly mail: (MailTrace & Origins) | null;
  readonly silent: readonly SilentGateway[];
}

export interface AllTraces {
  search(request: TraceSearch): Promise<MailPage>;
  get(spoolId: string): Promise<MailStory>;
}

/** What one gateway answered; null: nothing, in the time it had. */
export interface GatewayAnswer {
  readonly node: string;
  readonly name: string;
  readonly sources: readonly TraceAnswerSource[] | null;
}

/** Asks this gateway and all others, within a bounded time. One answer alone: a gateway on its own. */
export type AskGateways = (question: TraceQuestion) => Promise<readonly GatewayAnswer[]>;

interface Source {
  readonly origin: TraceOrigin;
  readonly answer: TraceAnswerSource;
}

export function allTraces(ask: AskGateways): AllTraces {
  return {
    async search(request) {
      const found = chosen(await ask({ ask: 'find', ...request }));
      const moments = [...new Set(found.sources.flatMap(({ answer }) => answer.moments))].sort().reverse();
      const ends = found.sources.flatMap(({ answer }) => answer.next ?? []);
      const last = moments[request.limit - 1];
      if (moments.length > request.limit && last !== undefined) ends.push(last);
      const end = ends.sort().at(-1) ?? null;
      const ids = [...new Set(moments.filter((moment) => end === null || moment >= end).map(idOf))];
      if (ids.length === 0) return { rows: [], next: end, silent: found.silent };
      const known = chosen(await ask({ ask: 'parts', spoolIds: ids }));
      const rows = ids.flatMap((id) => {
        const { parts, gateways } = told(known, id);
        const moment = momentOf(parts, id);
        const isHere =
          (end === null || moment >= end) && (request.before === null || moment < request.before);
        const row = rowOf(traceOf(id, parts));
        const fits = request.state === null || row.state === request.state;
        return isHere && fits ? [{ moment, row: { ...row, gateways } }] : [];
      });
      rows.sort((a, b) => (a.moment < b.moment ? 1 : -1));
      return { rows: rows.map(({ row }) => row), next: end, silent: known.silent };
    },
    async get(spoolId) {
      const known = chosen(await ask({ ask: 'parts', spoolIds: [spoolId] }));
      const { parts, gateways, isKnown } = told(known, spoolId);
      return { mail: isKnown ? { ...traceOf(spoolId, parts), gateways } : null, silent: known.silent };
    },
  };
}

interface Chosen {
  readonly sources: readonly Source[];
  readonly silent: readonly SilentGateway[];
  readonly isAlone: boolean;
}

/** Of each gateway its own answer; of one that gave none, the copies that others have. */
function chosen(answers: readonly GatewayAnswer[]): Chosen {
  const sources: Source[] = [];
  const copied = new Set<string>();
  const names = new Map(answers.map(({ node, name }) => [node, name]));
  const present = new Set(answers.filter((one) => one.sources !== null).map(({ node }) => node));
  for (const { node, name, sources: told } of answers) {
    for (const answer of told ?? []) {
      const of = answer.of ?? node;
      if (answer.of !== null && present.has(of)) continue;
      if (answer.of !== null) copied.add(of);
      // A gateway that was removed has no name any more.
      const origin = { name: answer.of === null ? name : (names.get(of) ?? of), isCopy: answer.of !== null };
      sources.push({ origin, answer });
    }
  }
  const silent = answers
    .filter((one) => one.sources === null)
    .map(({ node, name }) => ({ name, hasCopy: copied.has(node) }));
  return { sources, silent, isAlone: answers.length === 1 };
}

function told(
  { sources, isAlone }: Chosen,
  spoolId: string,
): { parts: MailParts; gateways: TraceOrigin[]; isKnown: boolean } {
  let parts = NO_PARTS;
  const origins = new Map<string, TraceOrigin>();
  for (const { origin, answer } of sources) {
    const mail = answer.mails.find((one) => one.spoolId === spoolId);
    if (!mail) continue;
    parts = mergedParts(parts, mail.parts);
    origins.set(origin.name, origin);
  }
  const gateways = isAlone ? [] : [...origins.values()];
  return { parts, gateways, isKnown: origins.size > 0 };
}
