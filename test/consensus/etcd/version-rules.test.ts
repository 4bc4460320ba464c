/** Which etcd may run, what its command line is, and which upgrade is allowed (requirements 14 and 23). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MemberStart, startEnvironment, startLine } from '#consensus/etcd/start-line.ts';
import {
  judgeUpgrade,
  judgeVersion,
  readEtcdVersion,
  writeEtcdVersion,
} from '#consensus/etcd/version-rules.ts';

const version = (text: string) => readEtcdVersion(text)!;

describe('the version of etcd', () => {
  it('is read from what the program prints', () => {
    const printed =
      'etcd Version: 3.4.23\nGit SHA: Not provided (use ./build instead of go build)\nGo Version: go1.19.8\n';
    assert.deepEqual(readEtcdVersion(printed), { major: 3, minor: 4, patch: 23 });
    assert.equal(writeEtcdVersion(version('3.6.0-rc.1')), '3.6.0');
    for (const no of ['', 'Go Version: go1.19.8', '3.5', 'x3.5.1', '3.5.99999'])
      assert.equal(readEtcdVersion(no), null);
  });

  for (const [verdict, versions] of [
    ['refused', ['2.3.8', '3.3.27', '3.4.0', '3.4.21', '3.5.0', '3.5.5', '4.0.0']],
    ['warned', ['3.4.22', '3.4.23', '3.4.99', '3.5.6', '3.5.32', '3.6.0', '3.6.13', '3.7.0', '3.8.0']],
    ['fine', ['3.5.33', '3.5.40', '3.6.14', '3.7.1']],
  ] as const)
    it(`is ${verdict}: ${versions.join(' ')}`, () => {
      for (const text of versions) {
        const judged = judgeVersion(version(text));
        assert.equal(judged.verdict, verdict, text);
        if (judged.verdict !== 'fine') assert.match(judged.reason, new RegExp(text.replaceAll('.', '\\.')));
      }
    });

  it('goes up one minor version at a time, to 3.6 from 3.5.26, never down', () => {
    const judged = (from: string, to: string) => judgeUpgrade(version(from), version(to)).verdict;
    for (const [from, to] of [
      ['3.4.23', '3.5.33'],
      ['3.5.26', '3.6.14'],
      ['3.6.14', '3.7.1'],
      ['3.5.33', '3.5.6'],
    ])
      assert.equal(judged(from!, to!), 'fine', `${from} ${to}`);
    for (const [from, to] of [
      ['3.4.23', '3.6.14'],
      ['3.5.25', '3.6.14'],
      ['3.5.33', '3.4.23'],
      ['3.7.1', '4.0.0'],
    ])
      assert.equal(judged(from!, to!), 'refused', `${from} ${to}`);
  });
});

const START: MemberStart = {
  self: { name: 'a-00112233', peerUrl: 'https://a.example:2380' },
  members: [
    { name: 'a-00112233', peerUrl: 'https://a.example:2380' },
    { name: 'b-44556677', peerUrl: 'https://b.example:2380' },
  ],
  state: 'existing',
  token: 'sealgate-c1-gen2',
  dataFolder: '/data/etcd/gen2',
  listenPeer: 'https://10.0.0.1:2380',
  listenClient: 'https://10.0.0.1:2379',
  clientUrl: 'https://a.example:2379',
  files: {
    clientCa: 'client-ca.crt',
    serverCertificate: 'server.crt',
    serverKey: 'server.key',
    peerCa: 'peer-ca.crt',
    peerCertificate: 'peer.crt',
    peerKey: 'peer.key',
  },
  heartbeatMs: 150,
  quotaBytes: 2_147_483_648,
  corruptCheck: true,
};

describe('the start line', () => {
  const line = (text: string, start = START): string => startLine(version(text), start).join(' ');

  it('names the cluster, the addresses, both authorities and the limits', () => {
    const written = line('3.5.33');
    for (const part of [
      '--name a-00112233',
      '--initial-cluster a-00112233=https://a.example:2380,b-44556677=https://b.example:2380',
      '--initial-cluster-state existing --initial-cluster-token sealgate-c1-gen2',
      '--client-cert-auth --trusted-ca-file client-ca.crt',
      '--peer-client-cert-auth --peer-trusted-ca-file peer-ca.crt',
      '--heartbeat-interval 150 --election-timeout 1500',
      '--quota-backend-bytes 2147483648',
      '--pre-vote --strict-reconfig-check',
      '--enable-grpc-gateway=false',
    ])
      assert.ok(written.includes(part), part);
  });

  it('has each flag under the name its version knows', () => {
    for (const old of ['3.4.23', '3.5.33']) {
      assert.match(line(old), /--enable-v2=false/);
      assert.match(line(old), /--experimental-corrupt-check-time 6h/);
    }
    for (const young of ['3.6.14', '3.7.1', '3.8.0']) {
      assert.doesNotMatch(line(young), /experimental|enable-v2/);
      assert.match(line(young), / --corrupt-check-time 6h/);
      assert.match(line(young), / --peer-skip-client-san-verification/);
    }
    assert.doesNotMatch(line('3.5.33', { ...START, corruptCheck: false }), /corrupt/);
  });

  it('never forces a cluster, nor leaves out a sync, and takes no name that would be more than one', () => {
    for (const text of ['3.4.23', '3.5.33', '3.6.14', '3.7.1'])
      assert.doesNotMatch(line(text), /force|unsafe/);
    for (const name of ['', 'a,b=https://c', '-a', 'a b', 'a=b'])
      assert.throws(() => line('3.5.33', { ...START, self: { ...START.self, name } }), RangeError);
  });

  it('gives 3.4 leave to run elsewhere than on amd64', () => {
    assert.deepEqual(startEnvironment(version('3.4.23'), 'arm64'), { ETCD_UNSUPPORTED_ARCH: 'arm64' });
    assert.deepEqual(startEnvironment(version('3.4.23'), 'x64'), {});
    assert.deepEqual(startEnvironment(version('3.5.33'), 'arm64'), {});
  });
});
