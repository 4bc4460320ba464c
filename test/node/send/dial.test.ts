import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { DialError, dialBy } from '#node/send/dial.ts';
import { routesBy } from '#node/send/routes.ts';
import { type NextHop, nextHop } from './next-hop.ts';

const hops: NextHop[] = [];
afterEach(async () => {
  for (const hop of hops.splice(0)) await hop.close();
});

type Records = Record<string, unknown[]>;

/** DNS as the test wants it; what is not there does not exist. */
function dns(records: Records): (domain: string, type: string) => Promise<unknown[]> {
  return async (domain, type) => {
    const found = records[`${type} ${domain}`];
    if (found) return found;
    throw Object.assign(new Error(`no ${type} of ${domain}`), { code: 'ENOTFOUND' });
  };
}

const options = { connectTimeoutMs: 3000, avoid: [] };
const route = routesBy([]);

async function dialTo(
  domain: string,
  records: Records,
  port: number,
  blockLocalAddresses = false,
  avoid: string[] = [],
) {
  const dial = dialBy({ resolveRecords: dns(records), blockLocalAddresses });
  const dialled = await dial({ ...route(`x@${domain}`, false), port }, { ...options, avoid });
  dialled.socket.destroy();
  return dialled;
}

async function refusalOf(domain: string, records: Records, blockLocalAddresses = false) {
  const error = await dialTo(domain, records, 25, blockLocalAddresses).catch((e: unknown) => e);
  assert.ok(error instanceof DialError);
  return error.answer;
}

describe('without a row in the mailer table', () => {
  it('the best MX that can be connected is taken, and the next one when it is to be avoided', async () => {
    const hop = await nextHop();
    hops.push(hop);
    const records = {
      'MX o.example': [
        { exchange: 'second.example', priority: 20 },
        { exchange: 'first.example', priority: 10 },
      ],
      'A first.example': ['127.0.0.1'],
      'A second.example': ['127.0.0.2'],
    };
    // The server listens on 127.0.0.1 only.
    const first = await dialTo('o.example', records, hop.port);
    assert.deepEqual([first.hostname, first.address], ['first.example', '127.0.0.1']);
    const swapped = { ...records, 'A first.example': ['127.0.0.2'], 'A second.example': ['127.0.0.1'] };
    assert.equal((await dialTo('o.example', swapped, hop.port)).hostname, 'second.example');
    const avoided = await dialTo('o.example', swapped, hop.port, false, ['127.0.0.1']).catch((e: Error) => e);
    assert.ok(avoided instanceof DialError);
  });

  it('a domain without MX is its own host (RFC 5321 §5.1)', async () => {
    const hop = await nextHop();
    hops.push(hop);
    const dialled = await dialTo('o.example', { 'A o.example': ['127.0.0.1'] }, hop.port);
    assert.equal(dialled.hostname, 'o.example');
  });

  it('a null MX and a domain that does not exist are final (RFC 7505)', async () => {
    const nullMx = await refusalOf('o.example', { 'MX o.example': [{ exchange: '', priority: 0 }] });
    assert.deepEqual([nullMx.outcome, nullMx.status], ['refused', '5.1.10']);
    const unknown = await refusalOf('o.example', {});
    assert.deepEqual([unknown.outcome, unknown.status], ['refused', '5.1.2']);
  });

  it('a DNS that fails is not', async () => {
    const dial = dialBy({
      resolveRecords: async () => {
        throw Object.assign(new Error('no answer'), { code: 'ETIMEOUT' });
      },
      blockLocalAddresses: true,
    });
    const error = await dial(route('x@o.example', false), options).catch((e: unknown) => e);
    assert.ok(error instanceof DialError);
    assert.deepEqual([error.answer.outcome, error.answer.status], ['later', '4.4.3']);
  });

  it('an MX that points at the local network is not followed', async () => {
    const records = (ip: string): Records => ({
      'MX o.example': [{ exchange: 'm.example', priority: 1 }],
      'A m.example': [ip],
    });
    for (const ip of ['127.0.0.1', '10.1.2.3', '192.168.1.1', '169.254.169.254', '0.0.0.0']) {
      const error = await dialTo('o.example', records(ip), 25, true).catch((e: unknown) => e);
      assert.ok(error instanceof DialError, ip);
    }
  });
});

describe('a route', () => {
  it('whose host does not answer leaves the mail waiting', async () => {
    const hop = await nextHop();
    await hop.close();
    const spec = routesBy([{ domain: '*', host: '127.0.0.1', port: hop.port, tls: 'none' }])(
      'x@o.example',
      false,
    );
    const error = await dialBy()(spec, options).catch((e: unknown) => e);
    assert.ok(error instanceof DialError);
    assert.deepEqual([error.answer.outcome, error.answer.status], ['later', '4.4.1']);
  });
});
