/** What of a mail is queued, returned and held, and in which order. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { SpoolHeader } from '#domain/mail/envelope.ts';
import type { OutgoingMail, ProtectedMail } from '#domain/mail/line.ts';
import { octetsOf } from '#domain/mail/octets.ts';
import { parseMime } from '#domain/mime/tree.ts';
import type { LinePorts } from '#node/protect/line-ports.ts';
import { relayMail } from '#node/protect/relay.ts';
import { newBoxKey } from '#node/spool/sealed-box.ts';
import { type SendFolder, sendFolder } from '../send/running-send.ts';

const folders: SendFolder[] = [];
after(async () => {
  for (const folder of folders) {
    await folder.writer.close();
    folder.remove();
  }
});

function gateway() {
  const folder = sendFolder();
  folders.push(folder);
  const { layout, writer } = folder;
  mkdirSync(dirname(layout.spoolPublicKey), { recursive: true });
  writeFileSync(layout.spoolPublicKey, newBoxKey().publicKey);
  const settings = { layout, node: 'gateway-1', hostname: 'gw.example' };
  const ports = { settings, queue: writer, left: new Set<string>() } as unknown as LinePorts;
  return { folder, ports };
}

const rcpt = (name: string) => ({ address: `${name}@o.example` });

function mail(ends: { leave?: string[]; hold?: [string, string][]; back?: string[] }): ProtectedMail {
  const octets = octetsOf(Buffer.from('From: a@x.example\r\n\r\nhello\r\n'));
  const parsed = parseMime(octets);
  assert.ok(parsed.kind === 'continue');
  const names = [...(ends.leave ?? []), ...(ends.hold ?? []).map(([name]) => name), ...(ends.back ?? [])];
  const header = {
    v: 1,
    spoolId: 'gateway-1.1.0123456789ABCDEFGHJKMNPQRS',
    envelope: { sender: 'a@x.example', recipients: names.map(rcpt), body: '7BIT', smtpUtf8: false, dsn: {} },
    session: { zone: 'inside', receivedAtMs: 0 },
  } as unknown as SpoolHeader;
  const outgoing = (ends.leave ?? []).map(
    (name, index) =>
      ({
        index,
        recipients: [rcpt(name)],
        plannedFor: [rcpt(name).address],
        copy: { deliverTo: rcpt(name).address, untouched: true, protection: { sign: null, encrypt: null } },
        zone: 'outside',
        sevenBit: true,
        pieces: octets.chunks(),
      }) as unknown as OutgoingMail,
  );
  const whole = {
    header,
    octets,
    entity: parsed.mail,
    facts: { zone: 'inside' },
    outgoing,
    returned: (ends.back ?? []).map((name) => ({
      recipient: rcpt(name),
      failure: 'recipient-key-missing',
      text: '',
    })),
    held: (ends.hold ?? []).map(([name, reason]) => ({ recipient: rcpt(name), reason, waitsFor: [] })),
    notices: [],
    plans: [],
  };
  return whole as unknown as ProtectedMail;
}

describe('a mail that is held for some', () => {
  it('does not leave for the others when it cannot be held: each new try would send it again', async () => {
    const { folder, ports } = gateway();
    mkdirSync(dirname(folder.layout.spoolHold), { recursive: true });
    writeFileSync(folder.layout.spoolHold, 'in the way');
    await assert.rejects(relayMail(mail({ leave: ['b'], hold: [['c', 'x']] }), false, ports));
    assert.deepEqual(folder.queued(), []);
  });

  it('lies there once for all who wait for the same', async () => {
    const { folder, ports } = gateway();
    const hold: [string, string][] = [
      ['b', 'no key'],
      ['c', 'no key'],
      ['d', 'by rule'],
    ];
    for (let run = 0; run < 2; run++) await relayMail(mail({ hold }), false, ports);
    const { spoolHold } = folder.layout;
    const files = readdirSync(spoolHold).filter((name) => name.endsWith('.sgf'));
    const recipients = files.map((name) => {
      const sidecar = join(spoolHold, name.replace(/sgf$/, 'json'));
      assert.ok(existsSync(sidecar));
      return (JSON.parse(readFileSync(sidecar, 'utf8')) as { recipients: string[] }).recipients;
    });
    assert.deepEqual(recipients.sort(), [['b@o.example', 'c@o.example'], ['d@o.example']]);
  });
});

describe('a mail that is tried again', () => {
  it('leaves no hold behind for whom it can go out now, and touches no other', async () => {
    const { folder, ports } = gateway();
    const { spoolHold } = folder.layout;
    const holds = (): number => readdirSync(spoolHold).filter((name) => name.endsWith('.sgf')).length;
    await relayMail(mail({ hold: [['z', 'of an earlier part']] }), false, ports);
    const full = { write: () => Promise.reject(new Error('the queue is full')) };
    const first = mail({
      leave: ['b'],
      hold: [
        ['c', 'no key'],
        ['d', 'by rule'],
      ],
    });
    await assert.rejects(relayMail(first, false, { ...ports, queue: full } as unknown as LinePorts));
    assert.equal(holds(), 3);
    await relayMail(mail({ leave: ['b', 'c'], hold: [['d', 'by rule']] }), true, ports);
    assert.equal(holds(), 2);
    assert.equal(folder.queued().length, 2);
  });
});

describe('a mail that goes back', () => {
  it('for more recipients in its second run is told of all of them', async () => {
    const { folder, ports } = gateway();
    await relayMail(mail({ back: ['b'] }), false, ports);
    await relayMail(mail({ back: ['b'] }), false, ports);
    assert.equal(folder.queued().length, 1);
    await relayMail(mail({ back: ['b', 'c'] }), false, ports);
    assert.equal(folder.queued().length, 2);
  });
});
