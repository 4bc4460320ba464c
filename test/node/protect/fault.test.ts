import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultOf } from '#node/protect/fault.ts';
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
});
