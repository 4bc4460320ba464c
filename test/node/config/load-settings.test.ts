import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadSettings, SettingsError } from '#node/config/load-settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'sealgate-settings-'));
after(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const file = join(folder, 'sealgate.yaml');
  writeFileSync(file, text);
  return loadSettings(file, undefined);
}
const messageOf = (text: string): string => {
  try {
    load(text);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error.message;
  }
  throw new assert.AssertionError({ message: 'was taken' });
};

describe('sealgate.yaml', () => {
  it('gives every key that is left out its default, and the data folder its place beside the file', () => {
    const settings = load('node: gw-1\n');
    assert.equal(settings.node, 'gw-1');
    assert.equal(settings.receive.listeners.length, 2);
    assert.equal(settings.tryOut, false);
    assert.equal(settings.data, join(folder, 'data'));
  });

  it('names the line of an unknown key', () => {
    const message = messageOf('node: gw-1\nreceive:\n  sizeBytesMax: 1000\n  sizeByteMax: 1000\n');
    assert.match(message, /sealgate\.yaml:4: .*unknown key 'sizeByteMax'/);
  });

  it('names the line of a wrong value', () => {
    assert.match(messageOf('node: gw-1\nweb:\n  port: 99999\n'), /sealgate\.yaml:3: web\.port:/);
    assert.match(messageOf('node: GW\n'), /sealgate\.yaml:1: node: lower-case/);
  });

  it('wants the certificate and its key together', () => {
    const alone = 'receive:\n  tlsCertificate: tls.pem\n';
    assert.match(messageOf(alone), /sealgate\.yaml:2: receive\.tlsCertificate: needs tlsKey/);
    assert.match(messageOf('web:\n  tlsKey: tls.key\n'), /web\.tlsCertificate: needs tlsKey/);
  });

  it('names the line of broken YAML and of a key that stands twice', () => {
    assert.match(messageOf('node: gw-1\nweb: {port: 1\n'), /sealgate\.yaml:\d+: /);
    assert.match(messageOf('node: a\nnode: b\n'), /sealgate\.yaml:2: .*unique/);
  });

  it('must be there when it was named', () => {
    assert.throws(() => loadSettings(join(folder, 'absent.yaml'), undefined), /no such file/);
  });
});
