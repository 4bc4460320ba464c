/** `sealgate certs crl`: the CRL of our own authority as a file, to be published where its certificates say. */
import { writeFileSync } from 'node:fs';
import { fromBase64Url } from '#domain/canonical-json.ts';
import { authorityDecider, authorityStream } from '#domain/certificates/authority.ts';
import { foldStream } from '#domain/decider.ts';
import { OWN_AUTHORITY_ID } from '#node/ca/ca-ports.ts';
import { CommandFailed } from './admin-client.ts';
import { withLedger } from './audit-history.ts';
import { type Command, needed, timeText } from './command.ts';

export const certsCrl: Command = {
  usage: 'certs crl --out FILE',
  does: 'writes the newest revocation list (DER) of our own authority to a file',
  options: ['out'],
  async run(context) {
    const out = needed(context, 'out');
    const stream = authorityStream(OWN_AUTHORITY_ID);
    const events = await withLedger(context, (ledger) => ledger.readStream(stream));
    const authority = foldStream(authorityDecider, events);
    if (authority.status === 'absent') throw new CommandFailed('There is no such authority.');
    const { crl, facts } = authority;
    if (!crl) throw new CommandFailed('No revocation list was issued yet.');
    writeFileSync(out, fromBase64Url(crl.der));
    const { number, nextUpdate } = crl;
    context.print({ out, number, nextUpdateMs: nextUpdate, url: facts.crlUrl }, [
      `number ${number}, good until ${timeText(nextUpdate)}, written to ${out}`,
      `its certificates name ${facts.crlUrl}`,
    ]);
    return true;
  },
};
