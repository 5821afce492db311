import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmulator, type Emulator } from '../../emulator/emulator.js';
import { proxyAgent } from '../support/proxy-agent.js';
import { startService, type TestService } from '../support/service.js';

describe('the merged answer', () => {
  let emulator: Emulator;
  let service: TestService;

  beforeAll(async () => {
    emulator = await startEmulator({ rate: 'off' });
    service = await startService({ emulator });
  });

  afterAll(async () => {
    await service.close();
    await emulator.close();
  });

  it("shows the documents' proxy-agent image with Debian 9 and its first ten files", async () => {
    const { status, body } = await service.get(proxyAgent);
    expect(status).toBe(200);
    expect(body.baseOs).toEqual([expect.objectContaining({ osName: 'Debian', osVersion: '9' })]);
    expect(body.files.items).toHaveLength(10);
    expect(body.files.total).toBe(50);
  });

  it('costs one call per part, however many requests come at once', async () => {
    emulator.journal.clear();
    const image = proxyAgent.replace('?', '?fileName=lib&');
    const answers = await Promise.all(Array.from({ length: 200 }, () => service.get(image)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(emulator.journal.calls('ListImageFiles')).toHaveLength(1);
    expect(emulator.journal.calls('ListRegistryImages')).toHaveLength(0);
  });
});
