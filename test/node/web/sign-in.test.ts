/** Signing in to the management: sessions, lock-out, the same answer for everything that is wrong (threats 17, 18). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from '#node/web/sessions.ts';
import { PASSWORD, type RunningWeb, runningWeb } from './running-web.ts';
import { webClient } from './web-client.ts';

describe('signing in', () => {
  let web: RunningWeb;
  before(async () => {
    web = await runningWeb();
    await web.addOperator('anna', ['administrator']);
    await web.addOperator('fresh', ['auditor'], { mustChange: true });
  });
  after(() => web.dispose());

  it('opens a session in a cookie that no script can read and no other site can use', async () => {
    const client = webClient(web.url);
    const { data, headers } = await client.signIn('anna', PASSWORD);
    assert.deepEqual(data, { kind: 'signed-in', name: 'anna' });
    const cookie = headers.get('set-cookie') ?? '';
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Strict/);
    assert.match(cookie, /^sealgate=[\w-]{43};/);
    const { data: current } = await client.query('session.current');
    assert.equal((current as { name: string }).name, 'anna');
  });

  it('answers an unknown name, a wrong password and a disabled account alike', async () => {
    await web.addOperator('gone', ['auditor']);
    web.state.operators.set('gone', { ...web.state.operators.get('gone')!, enabled: false });
    const answers: string[] = [];
    for (const [name, password] of [
      ['nobody', PASSWORD],
      ['anna', 'wrong'],
      ['gone', PASSWORD],
    ] as const) {
      const answer = await webClient(web.url).signIn(name, password);
      answers.push(JSON.stringify([answer.status, answer.data, answer.headers.get('set-cookie')]));
    }
    assert.equal(new Set(answers).size, 1);
    assert.match(answers[0]!, /wrong/);
    web.advance(3_600_000);
    await webClient(web.url).signIn('anna', PASSWORD); // The address may sign in again without a wait.
  });

  it('gives nothing without a session', async () => {
    const { status, error } = await webClient(web.url).query('status.overview');
    assert.equal(status, 401);
    assert.equal(error?.data.code, 'UNAUTHORIZED');
  });

  it('ends a session on sign-out, when it is idle, and at last in any case', async () => {
    const client = webClient(web.url);
    await client.signIn('anna', PASSWORD);
    const { cookie } = client;
    await client.mutate('session.signOut');
    client.cookie = cookie;
    assert.equal((await client.query('status.overview')).status, 401);

    await client.signIn('anna', PASSWORD);
    web.advance(SESSION_IDLE_MS + 1);
    assert.equal((await client.query('status.overview')).status, 401);

    await client.signIn('anna', PASSWORD);
    const pause = SESSION_IDLE_MS - 60_000;
    for (let passed = 0; passed < SESSION_ABSOLUTE_MS; passed += pause) {
      assert.equal((await client.query('status.overview')).status, 200);
      web.advance(pause);
    }
    assert.equal((await client.query('status.overview')).status, 401);
  });

  it('ends every session of an operator whose password changes, but the one that changed it', async () => {
    const [here, elsewhere] = [webClient(web.url), webClient(web.url)];
    await here.signIn('anna', PASSWORD);
    await elsewhere.signIn('anna', PASSWORD);
    const next = 'a new sentence of mine';
    const answer = await here.mutate('session.changePassword', { current: PASSWORD, next });
    assert.equal(answer.status, 200);
    here.cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
    assert.equal((await here.query('status.overview')).status, 200);
    assert.equal((await elsewhere.query('status.overview')).status, 401);
    await here.mutate('session.changePassword', { current: next, next: PASSWORD });
  });

  it('lets a machine-made password do nothing but set another', async () => {
    const client = webClient(web.url);
    await client.signIn('fresh', PASSWORD);
    assert.equal((await client.query('status.overview')).error?.data.code, 'PRECONDITION_FAILED');
    const weak = await client.mutate('session.changePassword', { current: PASSWORD, next: 'short' });
    assert.equal(weak.status, 400);
    const next = 'my own long password';
    const answer = await client.mutate('session.changePassword', { current: PASSWORD, next });
    client.cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
    assert.equal((await client.query('status.overview')).status, 200);
  });
});

describe('lock-out', () => {
  it('makes guessing slow, for the account and for the address, and forgets after a success', async () => {
    const web = await runningWeb();
    try {
      await web.addOperator('anna', ['administrator']);
      const client = webClient(web.url);
      const guess = async () =>
        (await client.signIn('anna', 'wrong')).data as { kind: string; waitMs?: number };
      for (let n = 0; n < 5; n++) assert.equal((await guess()).kind, 'wrong');
      const locked = await guess();
      assert.equal(locked.kind, 'wait');
      assert.ok(locked.waitMs! > 0 && locked.waitMs! <= 2_000);
      const right = await client.signIn('anna', PASSWORD);
      assert.equal((right.data as { kind: string }).kind, 'wait', 'the right password waits too');
      web.advance(2_001);
      assert.equal((await guess()).kind, 'wrong');
      assert.ok((await guess()).waitMs! > 2_000, 'twice as long the next time');
      web.advance(10_000);
      assert.equal(((await client.signIn('anna', PASSWORD)).data as { kind: string }).kind, 'signed-in');
      assert.equal((await guess()).kind, 'wrong');
    } finally {
      await web.dispose();
    }
  });

  it('counts many attempts at once one by one', async () => {
    const web = await runningWeb();
    try {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => webClient(web.url).signIn('anna', 'wrong')),
      );
      const checked = answers.filter(({ data }) => (data as { kind: string }).kind === 'wrong');
      assert.equal(checked.length, 5);
    } finally {
      await web.dispose();
    }
  });
});
