/** The cluster's own keys among all that an etcd may hold: every key gets the prefix on the way there and loses it on the way back. */
import type {
  Compare,
  KeyRange,
  KeyValue,
  Operation,
  OperationResult,
  Txn,
  WatchChange,
} from '../key-value-quorum.ts';

export class KeySpace {
  readonly prefix: string;

  /** e.g. `/sealgate/<clusterId>/`; not empty, or an `end` could mean all keys of the server. */
  constructor(prefix: string) {
    if (prefix === '') throw new RangeError('the prefix of the keys is empty');
    this.prefix = prefix;
  }

  range<R extends KeyRange>(range: R): R {
    const key = this.prefix + range.key;
    return range.end === undefined ? { ...range, key } : { ...range, key, end: this.prefix + range.end };
  }

  txn(txn: Txn): Txn {
    const compare = txn.compare.map((one): Compare => ({ ...one, key: this.prefix + one.key }));
    const operation = (one: Operation): Operation =>
      one.type === 'put' ? { ...one, key: this.prefix + one.key } : this.range(one);
    return { compare, success: txn.success.map(operation), failure: (txn.failure ?? []).map(operation) };
  }

  own(value: KeyValue): KeyValue {
    if (!value.key.startsWith(this.prefix)) throw new Error('etcd answered with a key of another prefix');
    return { ...value, key: value.key.slice(this.prefix.length) };
  }

  ownResult(result: OperationResult): OperationResult {
    if (result.type !== 'range') return result;
    return { ...result, values: result.values.map((value) => this.own(value)) };
  }

  ownChange({ type, value, previous }: WatchChange): WatchChange {
    const own = { type, value: this.own(value) };
    return previous ? { ...own, previous: this.own(previous) } : own;
  }
}
