import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { logOptions, openLog, type ProcessLog } from '../../../src/telemetry/open-log.js';
import { systemClock } from '../../../src/time/clock.js';
import { until } from '../../support/until.js';

describe('the log of the process', () => {
  let [folder, file, log] = [] as unknown as [string, number, ProcessLog];
  const written = () =>
    readFileSync(join(folder, 'log'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { msg: string }).msg);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hss-bff-log-'));
    file = openSync(join(folder, 'log'), 'a');
    log = openLog(logOptions('info'), systemClock, file);
  });
  afterEach(async () => {
    await log.flush();
    closeSync(file);
    rmSync(folder, { recursive: true });
  });

  it('writes all lines but those about hits at once', () => {
    log.hitLog.info('hit');
    log.log.info({ audit: 'admin' }, 'audit');
    expect(written()).toEqual(['audit']);
  });

  it('writes lines about hits a moment later by itself', async () => {
    log.hitLog.info('hit');
    await until(() => written().length === 1);
  });

  it('writes lines about hits after a reader that was slow', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Open for both sides, so that no side waits for the other.
    const ends = openSync(pipe, 'r+');
    const { hitLog } = openLog(logOptions('info'), systemClock, ends);
    // More than a pipe holds, so a write is under way until somebody reads.
    for (let number = 0; number < 1_000; number += 1) hitLog.info(`hit ${number}`);
    let read = '';
    const reader = createReadStream(pipe, 'utf8').on('data', (text) => (read += String(text)));
    await until(() => read.includes('hit 999'));
    reader.destroy();
    closeSync(ends);
  });

  it('loses none at an orderly end, however many wait', async () => {
    for (let number = 0; number < 5_000; number += 1) log.hitLog.info(`hit ${number}`);
    await log.flush();
    expect(written()).toEqual(Array.from({ length: 5_000 }, (_, number) => `hit ${number}`));
    expect(log.dropped).toBe(0);
  });

  it('has written all lines in their order when it ends, time after time', async () => {
    const rounds = 150;
    const all: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (let number = 0; number < 100; number += 1) {
        all.push(`hit ${round} ${number}`);
        log.hitLog.info(all.at(-1));
      }
      await log.flush();
      expect(written().length).toBe(all.length);
    }
    expect(written()).toEqual(all);
  });

  it('mixes no two lines, though two writers share the output', async () => {
    for (let number = 0; number < 2_000; number += 1) {
      log.hitLog.info(`hit ${number}`);
      if (number % 50 === 0) log.log.info(`other ${number}`);
      if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.flush();
    expect(written()).toHaveLength(2_040);
  });

  it('drops and counts lines about hits that nobody reads', () => {
    const long = 'x'.repeat(64 * 1024);
    for (let number = 0; number < 200; number += 1) log.hitLog.info(long);
    expect(log.dropped).toBeGreaterThan(0);
  });

  it('hides headers that were logged by mistake', () => {
    log.log.info({ headers: { authorization: 'planted', 'x-auth-token': 'planted' } }, 'mistake');
    expect(readFileSync(join(folder, 'log'), 'utf8')).not.toContain('planted');
  });
});
