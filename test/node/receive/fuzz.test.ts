/**
 * Mutated conversations into the listener: every one ends, the next peer is served, and nothing smuggled is accepted
 * (targets.md R15, threat 25).
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { fuzz, fuzzSeconds, fuzzSeed } from '../../fault/mutation.ts';
import { runningReceive } from './running-receive.ts';
import { SmtpTalk } from './smtp-talk.ts';

const SECONDS = fuzzSeconds(10);
const SEED = fuzzSeed(5321);
const IDLE_MS = 2_000; // A peer that says half a command is left after this.

const HEAD =
  'EHLO client.example\r\nMAIL FROM:<a@sender.example> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<b@ours.example>\r\n';
const corpus = [
  `${HEAD}DATA\r\nSubject: x\r\n\r\nhello\r\n..dot\r\n.\r\nQUIT\r\n`,
  `${HEAD}BDAT 15\r\nSubject: x\r\n\r\nyBDAT 5 LAST\r\nabc\r\nQUIT\r\n`,
  'HELO x\r\nMAIL FROM:<> RET=HDRS ENVID=a+2Bb\r\nRCPT TO:<b@ours.example> NOTIFY=NEVER ORCPT=rfc822;b@x\r\nRSET\r\nVRFY b\r\nQUIT\r\n',
  'EHLO [192.0.2.1]\r\nSTARTTLS\r\nNOOP x\r\nHELP\r\nMAIL FROM:<"q s"@sender.example> SMTPUTF8\r\nQUIT\r\n',
].map((text) => Buffer.from(text));
const tokens = [
  '\n.\n',
  '\r\n.\n',
  '\n.\r\n',
  '\r.\r',
  '\r\n.\r\n',
  '\0',
  '\r',
  '\n',
  '<',
  '>',
  '@',
  ':',
  ' ',
  '\xff',
  'DATA\r\n',
  'BDAT 9999999999\r\n',
  'RSET\r\n',
].map((text) => Buffer.from(text, 'latin1'));

/** All of it at once or in pieces, then the end; resolves when the other side has closed. */
function converse(port: number, input: Buffer, cutAt: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {}); // A reset is an end like any other.
    socket.on('close', () => resolve());
    socket.resume();
    socket.write(input.subarray(0, cutAt));
    setImmediate(() => socket.end(input.subarray(cutAt)));
  });
}

describe('the listener', () => {
  it(`bears what is thrown at it, seed ${SEED}`, async () => {
    const gateway = await runningReceive({ idleTimeoutMs: IDLE_MS });
    try {
      const feed = async (input: Buffer, random: (below: number) => number): Promise<void> => {
        const port = random(2) === 0 ? gateway.inside : gateway.outside;
        await converse(port, input, random(input.length + 1));
      };
      const cases = await fuzz({ seconds: SECONDS, seed: SEED, corpus, tokens, feed });
      assert.ok(cases > 20, `only ${cases} cases`);
      const talk = await SmtpTalk.greeted(gateway.outside);
      await talk.envelope();
      talk.raw('Subject: after all that\r\n\r\n.\r\n');
      await talk.expect(250);
      talk.close();
      const mails = await gateway.mails();
      assert.ok(mails.length > 0);
      for (const { octets } of mails) {
        assert.doesNotMatch(octets.toString('latin1'), /\r(?!\n)|(?<!\r)\n/, 'a bare CR or LF was accepted');
      }
    } finally {
      await gateway.stop();
      gateway.remove();
    }
  });
});
