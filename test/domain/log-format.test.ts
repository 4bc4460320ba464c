/** The formats of the log name every form that is written; what the log has reached never goes back. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { formatOf, LOG_FORMAT, logFormatDecider } from '#domain/log-format.ts';

const KINDS_MIN = 60; // Fewer found: this test sees nothing.

/** Of every decider in domain/. */
async function formsWritten(): Promise<{ kind: string; schema: number }[]> {
  const forms: { kind: string; schema: number }[] = [];
  for (const file of globSync('domain/**/*.ts')) {
    const exported: object = await import(pathToFileURL(file).href);
    for (const value of Object.values(exported) as { schemas?: Record<string, number> }[]) {
      if (typeof value !== 'object' || value === null) continue;
      for (const [kind, schema] of Object.entries(value.schemas ?? {})) forms.push({ kind, schema });
    }
  }
  return forms;
}

describe('the formats of the log', () => {
  it('name every form that is written: a new one belongs to the newest format', async () => {
    const forms = await formsWritten();
    assert.ok(forms.length >= KINDS_MIN);
    const missing = forms
      .filter((form) => formatOf(form) === null)
      .map(({ kind, schema }) => `${kind}:${schema}`);
    assert.deepEqual(missing, [], 'add them in domain/log-format.ts');
  });

  it('are those of 0.1.0 for what 0.1.0 wrote, and the newest for what is new', () => {
    assert.equal(formatOf({ kind: 'MailDomainAdded', schema: 1 }), 1);
    assert.equal(formatOf({ kind: 'PdfPolicySet', schema: 1 }), LOG_FORMAT);
    assert.equal(formatOf({ kind: 'MailDomainAdded', schema: 99 }), null);
  });

  it('are reached once and never left', () => {
    const { zero, decide, evolve } = logFormatDecider;
    const raised = { type: 'LogFormatRaised', format: 2, at: 1 } as const;
    assert.deepEqual(decide({ type: 'RaiseLogFormat', format: 2, at: 1 }, zero), {
      kind: 'accepted',
      events: [raised],
    });
    const reached = evolve(zero, raised);
    assert.deepEqual(decide({ type: 'RaiseLogFormat', format: 2, at: 2 }, reached), {
      kind: 'accepted',
      events: [],
    });
    assert.deepEqual(decide({ type: 'RaiseLogFormat', format: 1, at: 2 }, reached), {
      kind: 'accepted',
      events: [],
    });
  });
});
