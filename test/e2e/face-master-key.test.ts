// FACE_MASTER_KEY that does not open the secret keys of official clients: the operator learns of it before the clients ask.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { sealingKey, sealSecret } from '../../src/consumers/sealed-secret.js';
import { entry, fileOf, MountedFile } from '../support/consumers.js';
import { adminKey, startService, type TestService } from '../support/service.js';
import { TestClock } from '../support/test-clock.js';
import { until } from '../support/until.js';

const masterKeys = { old: 'the-old-master-key-of-the-tests-01', new: 'the-new-master-key-of-the-tests-02' };
const secretKey = 'plantedSecretKeyOfAnOfficialClient000001';

/** A consumer with one access key, whose secret key was sealed under a master key for `owner`. */
function sealedBy(masterKey: string, id: string, owner = id): object {
  const ak = `HBFF${id.toUpperCase().padEnd(16, '0')}`;
  const sealed = sealSecret(secretKey, { consumer: owner, accessKey: ak }, sealingKey(masterKey));
  return entry(id, { scopes: ['hss'], sdk: [{ ak, sealed }] });
}

describe('the service with FACE_MASTER_KEY', () => {
  const clock = TestClock.still();
  let emulator: Emulator;
  let service: TestService;
  let file: MountedFile;
  const start = async (FACE_MASTER_KEY: string, ...entries: object[]) => {
    file = new MountedFile(fileOf(...entries));
    const env = { HSS_COMPAT: 'on', FACE_MASTER_KEY, CONSUMERS_FILE: file.path };
    service = await startService({ emulator, clock, env });
  };
  const rewrite = async (...entries: object[]) => {
    file.write(fileOf(...entries));
    clock.advance(15_000);
    const reloads = () => service.logText().split('"audit":"reload"').length;
    const before = reloads();
    await until(() => reloads() > before);
  };
  const unopened = () =>
    service
      .logText()
      .split('\n')
      .filter((line) => line.includes('FACE_MASTER_KEY'))
      .map((line) => JSON.parse(line) as { level: number; unopened: string[]; msg: string });
  const counted = async () => {
    const { text } = await service.request('/metrics', { headers: { 'X-API-Key': adminKey } });
    return /^hss_bff_unopened_secret_keys (\d+)$/m.exec(text)?.[1];
  };
  const health = async () => (await service.request('/health')).body as { status: string; reasons: object[] };

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off', clock });
  });
  afterEach(async () => {
    await service.close();
    file.close();
  });
  afterAll(() => emulator.close());

  it('says at the start which secret keys it does not open, and shows none', async () => {
    await start(masterKeys.new, sealedBy(masterKeys.old, 'terraform'), sealedBy(masterKeys.old, 'python'));
    const keys = ['terraform HBFFTERRAFORM0000000', 'python HBFFPYTHON0000000000'];
    expect(unopened()).toMatchObject([{ level: 40, unopened: keys, msg: expect.stringContaining('0 of 2') }]);
    expect(await counted()).toBe('2');
    expect(await health()).toMatchObject({
      status: 'degraded',
      reasons: [{ part: 'consumers-file', why: 'secret-keys-unopened' }],
    });
    for (const secret of [secretKey, ...Object.values(masterKeys)])
      expect(service.logText()).not.toContain(secret);
  });

  it('says so again at each change of the file, until all of them open', async () => {
    const [mine, other] = [sealedBy(masterKeys.new, 'mine'), sealedBy(masterKeys.old, 'other')];
    await start(masterKeys.new, mine);
    expect([unopened(), await counted(), (await health()).status]).toEqual([[], '0', 'ok']);
    await rewrite(mine, other);
    await rewrite(other);
    expect(unopened().map(({ msg }) => /\d of \d/.exec(msg)?.[0])).toEqual(['1 of 2', '0 of 1']);
    expect(await counted()).toBe('1');
    await rewrite(mine);
    expect([unopened().length, await counted(), (await health()).status]).toEqual([2, '0', 'ok']);
  });

  it('opens with both keys of a rotation, but not for another consumer', async () => {
    await start(
      `${masterKeys.new},${masterKeys.old}`,
      sealedBy(masterKeys.old, 'before'),
      sealedBy(masterKeys.new, 'after'),
      sealedBy(masterKeys.new, 'renamed', 'former-name'),
    );
    expect(unopened().map((line) => line.unopened)).toEqual([['renamed HBFFRENAMED000000000']]);
  });

  it('counts nothing without HSS_COMPAT, since nobody can use the keys', async () => {
    file = new MountedFile(fileOf(sealedBy(masterKeys.old, 'terraform')));
    service = await startService({ emulator, clock, env: { CONSUMERS_FILE: file.path } });
    expect([unopened(), await counted(), (await health()).status]).toEqual([[], undefined, 'ok']);
  });
});
