/**
 * The `web` process: the management page and its API, for browsers over HTTP and for the command line over a socket.
 */

import { caSettingsOf } from '#node/ca/ca-settings.ts';
import { certificateAuthority } from '#node/ca/certificate-authority.ts';
import { fetchClient } from '#node/fetch/client.ts';
import { keysClient } from '#node/keys/client.ts';
import { ledgerClient } from '#node/ledger/client.ts';
import { clusterClient } from '#node/ledger/cluster-client.ts';
import { feedModels } from '#node/ledger/models-feed.ts';
import { othersClient } from '#node/peer/others-client.ts';
import type { StartProcess } from '#node/process.ts';
import { type AnswerPdfPassword, answersTo } from '#node/protect/answer.ts';
import { certificateJudge } from '#node/protect/certificate-judge.ts';
import type { FactsAnswer } from '#node/protect/facts.ts';
import { ReadModels } from '#projections/read-models.ts';
import type { AdminPorts } from './all-admin-ports.ts';
import { allTraces } from './all-traces.ts';
import { askingGateways } from './ask-gateways.ts';
import { auditReader } from './audit-reader.ts';
import { ensureFirstOperator } from './first-operator.ts';
import { heldTraces } from './held-traces.ts';
import { certificatesPort } from './ports/certificates-port.ts';
import { clusterPort } from './ports/cluster-port.ts';
import { mailboxPort } from './ports/mailbox-port.ts';
import { operatorsPort } from './ports/operators-port.ts';
import type { PortParts } from './ports/parts.ts';
import { pdfAdminPort } from './ports/pdf-admin.ts';
import { peoplePort } from './ports/people-port.ts';
import { policyPort } from './ports/policy-port.ts';
import { queuePort } from './ports/queue-port.ts';
import { statusPort } from './ports/status-port.ts';
import { publicationsOf, startPublicServer } from './publications.ts';
import { serveTraces } from './serve-traces.ts';
import { startWebServer } from './web-server.ts';

export const start: StartProcess = async (context) => {
  const { settings, layout, log } = context;
  const ledger = ledgerClient(layout.ledgerSocket);
  const cluster = clusterClient(layout.ledgerSocket);
  const others = othersClient(layout);
  const keys = keysClient(layout);
  const fetch = fetchClient(layout);
  const first = await ensureFirstOperator(ledger, { mustChange: !settings.tryOut });
  const models = new ReadModels();
  const feed = await feedModels(ledger, models);
  feed.done.catch((error: Error) => {
    log.fatal({ error: error.message }, 'the log cannot be followed');
    process.exit(1); // The supervisor starts it again.
  });
  const nowMs = (): number => Date.now();
  const judge = certificateJudge(models, fetch, nowMs);
  const authority = certificateAuthority({ ledger, keys }, caSettingsOf(settings));
  const parts: PortParts = { ...context, ledger, keys, models, feed };
  const neverMade: AnswerPdfPassword = async () => {
    throw new Error('the dry run makes no PDF');
  };
  // The dry run asks for keys exactly as the mail line does; it never makes any.
  const answer = answersTo({
    models,
    judge,
    learn: () => {},
    equip: async () => {},
    pdfPassword: neverMade,
    nowMs,
  });
  const ports: AdminPorts = {
    status: statusPort({ ...parts, cluster }),
    certificates: certificatesPort({ ...parts, judge, authority }),
    people: peoplePort(parts),
    policy: policyPort(parts, async (address, { sender, zone }) => {
      const recipients = [address];
      const question = { sender, zone, receivedAtMs: nowMs(), recipients, ruleBookPosition: null };
      const [recipient] = ((await answer('facts', question)) as FactsAnswer).recipients;
      if (!recipient) throw new Error('asked for one recipient');
      return recipient;
    }),
    queue: queuePort(parts),
    pdf: pdfAdminPort({ ...parts, nowMs }),
    operators: operatorsPort(parts),
    audit: auditReader(ledger),
    cluster: clusterPort({ ...parts, cluster, others }),
    mailbox: settings.tryOut ? mailboxPort(parts) : null,
  };
  const held = await heldTraces(layout, log);
  const traces = await serveTraces(layout, held, log);
  const gateways = askingGateways(held, others, cluster);
  const trace = allTraces(gateways.ask);
  const publications = publicationsOf(models);
  const lists = await startPublicServer(context, publications);
  const server = await startWebServer(context, { ports, trace, publications });
  if (first) console.log(`First sign-in: name ${first.name}, password ${first.password} (shown only now)`);
  return {
    async stop() {
      await Promise.all([server.stop(), lists?.stop()]);
      gateways.close();
      await traces.close();
      await held.close();
      await feed.stop();
      ledger.close();
      cluster.close();
      others.close();
      keys.close();
      fetch.close();
    },
  };
};
