/** The adapter to a real etcd against the contract of the port: one member, and three where the gateways ask different ones. */
import { keyValueQuorumContract } from '../key-value-quorum-contract.ts';
import { EtcdMembers } from './etcd-members.ts';

for (const count of [1, 3])
  keyValueQuorumContract(`EtcdQuorum, members: ${count}`, async () => {
    const etcd = await EtcdMembers.start({ count });
    return { one: etcd.quorum(), two: etcd.quorum({ first: count - 1 }), dispose: () => etcd.remove() };
  });
