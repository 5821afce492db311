import { describe, expect, it } from '@jest/globals';
import { run } from '../../../src/consumers/cli/command.js';
import { emptyFile } from '../../../src/consumers/cli/edit.js';
import { Consumers } from '../../../src/consumers/consumers.js';
import { openSecret, sealingKey } from '../../../src/consumers/sealed-secret.js';

const first = sealingKey('the first master key of the tests 1');
const second = sealingKey('the second master key of the tests 2');
const does = (command: string, text = emptyFile, keys = [first]) =>
  run(command.split(' '), text, Date.UTC(2026, 0, 10), keys);

interface Issued {
  id: string;
  key: string | null;
  ak: string;
  sk: string;
}
function issue(command: string, text = emptyFile): Issued & { file: string } {
  const { file = '', shown } = does(`${command} --sdk --json`, text);
  return { ...(JSON.parse(shown) as Issued), file };
}

function secretIn(file: string, ak: string, keys = [first]): string | undefined {
  const consumers = new Consumers();
  expect(consumers.apply(file)).toEqual([]);
  const issued = consumers.byAccessKey(ak);
  return issued && openSecret(issued.sealed, { consumer: issued.consumer.id, accessKey: ak }, keys);
}

describe('the command for access keys of official clients', () => {
  it('issues a key whose secret stands sealed in the file', () => {
    const { id, key, ak, sk, file } = issue('add terraform --scope hss,hosts');
    expect({ id, key }).toEqual({ id: 'terraform', key: null });
    expect(ak).toMatch(/^HBFF[A-Z0-9]{16}$/);
    expect(sk).toMatch(/^[A-Za-z0-9]{40}$/);
    expect(file).not.toContain(sk);
    expect(secretIn(file, ak)).toBe(sk);
  });

  it('adds a further key by rotation, and revokes a key by its name', () => {
    const old = issue('add terraform --scope hss');
    const fresh = issue('rotate terraform', old.file);
    expect([secretIn(fresh.file, old.ak), secretIn(fresh.file, fresh.ak)]).toEqual([old.sk, fresh.sk]);
    const { file = '' } = does(`revoke terraform --key ${old.ak}`, fresh.file);
    expect([secretIn(file, old.ak), secretIn(file, fresh.ak)]).toEqual([undefined, fresh.sk]);
    expect(does('list', file).shown).toContain(fresh.ak);
  });

  it('seals all secret keys anew under the first master key', () => {
    const { ak, sk, file } = issue('add terraform --scope hss');
    const { file: sealedAnew = '', shown } = does('reseal', file, [second, first]);
    expect(shown).toBe('Sealed anew: 1\n');
    expect(secretIn(sealedAnew, ak, [second])).toBe(sk);
    expect(secretIn(sealedAnew, ak, [first])).toBeUndefined();
  });

  it.each([
    ['without a master key', 'add terraform --sdk', [], /FACE_MASTER_KEY/],
    ['that shall end, since it would not', 'add terraform --sdk --expires 2027-01-31', [first], /no end/],
    ['and to end former ones', 'rotate terraform --sdk --old-until 2027-01-31', [first], /no end/],
    ['for an unknown command', 'frob terraform --sdk', [first], /no command frob/],
    ['for an unknown consumer', 'rotate nobody --sdk', [first], /no consumer nobody/],
  ] as const)('refuses to issue a key %s', (_, command, keys, why) => {
    expect(() => run(command.split(' '), emptyFile, 0, keys)).toThrow(why);
  });

  it('refuses to seal anew what no master key opens', () => {
    const { ak, file } = issue('add terraform --scope hss');
    expect(() => does('reseal', file, [second])).toThrow(ak);
  });

  it('finds by check which secret keys the master key does not open', () => {
    const old = issue('add terraform --scope hss');
    const { file = '', shown } = does('add python --scope hss --sdk --json', old.file, [second]);
    const lost = `FACE_MASTER_KEY does not open the secret key of terraform ${old.ak}`;
    expect(does('check', file, [second])).toMatchObject({ exitCode: 1, shown: `${lost}\n` });
    expect(JSON.parse(does('check --json', file, [second]).shown)).toEqual({ faults: [lost] });
    expect(does('check', file, [second, first])).toMatchObject({ exitCode: 0, shown: 'The file is good.\n' });
    expect(does('check', file, [])).toMatchObject({
      exitCode: 0,
      shown: expect.stringContaining('since FACE_MASTER_KEY is not set: 2'),
    });
    for (const { sk } of [old, JSON.parse(shown) as Issued])
      expect(does('check', file, [second]).shown).not.toContain(sk);
  });

  it('refuses an access key that stands twice', () => {
    const { file } = issue('add terraform --scope hss');
    const double = file + file.slice(file.indexOf('\n') + 1).replace('terraform', 'copy');
    expect(new Consumers().apply(double).join()).toMatch(/access key that is given twice/);
  });
});
