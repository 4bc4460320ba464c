import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultOf, waitReason } from '#node/protect/fault.ts';
import { QueueWriteError } from '#node/queue/queue-writer.ts';

describe('an exception of the line', () => {
  it('is not the mail’s fault when the queue has no space: it waits, whatever it takes', () => {
    assert.equal(faultOf(new QueueWriteError('queue-full', '').code), 'elsewhere');
    assert.equal(faultOf(new QueueWriteError('queue-broken', '').code), 'elsewhere');
    assert.equal(faultOf('unavailable'), 'elsewhere');
  });

  it('may be its fault when another process stumbles, and is otherwise', () => {
    assert.equal(faultOf('internal'), 'doubtful');
    assert.equal(faultOf('no-such-key'), 'mail');
    assert.equal(faultOf(undefined), 'mail');
  });

  it('is never its fault that the log takes no changes; operators are told what it waits for', () => {
    for (const code of ['no-quorum', 'fenced', 'quota-full', 'log-damaged']) {
      assert.equal(faultOf(code), 'elsewhere');
      assert.match(waitReason(Object.assign(new Error(code), { code })), /key has to be made first/);
    }
    assert.equal(waitReason(new Error('keys are away')), 'Error: keys are away');
  });
});
