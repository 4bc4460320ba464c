/** A stand-in for a gateway: starts the member it is told of and stays until it is killed. */
import { type EtcdCommand, ensureEtcd } from '#node/cluster/etcd-process.ts';

await ensureEtcd(JSON.parse(process.argv[2]!) as EtcdCommand);
setInterval(() => {}, 60_000);
