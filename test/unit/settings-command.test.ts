import { hash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sealingKey, sealSecret } from '../../src/consumers/sealed-secret.js';
import { settingsCommand } from '../../src/settings-command.js';
import { fileReader, realHss } from './config/read.js';

const consumersFile = (more: object = {}) =>
  JSON.stringify({
    consumers: [{ id: 'dashboard', keys: [{ sha256: hash('sha256', 'k') }], scopes: ['read'], ...more }],
  });

function run(option: string, variables: Record<string, string>, files: Record<string, string> = {}) {
  return settingsCommand([option], variables, fileReader(files))!;
}

describe('--check-config', () => {
  it('says nothing but that all is right, with exit code 0', () => {
    expect(run('--check-config', realHss)).toEqual({
      exitCode: 0,
      stdout: 'The settings are right\n',
      stderr: '',
    });
  });

  it('lists the faults of settings and of the consumers file at once', () => {
    const variables = { HSS_REGION: 'eu-west-101', PORT: 'x', CONSUMERS_FILE: '/consumers.yaml' };
    const { exitCode, stdout, stderr } = run('--check-config', variables, {
      '/consumers.yaml': consumersFile({ scopes: ['everything'] }),
    });
    expect([exitCode, stdout]).toEqual([1, '']);
    for (const fault of [/PORT must be/, /HSS_PROJECT_ID is missing/, /CONSUMERS_FILE: consumer 1/])
      expect(stderr).toMatch(fault);
  });

  it.each([
    ['a file that is not there', {}, /CONSUMERS_FILE must name a readable file/],
    ['a file that is no YAML', { '/c': '{' }, /CONSUMERS_FILE: it is not YAML/],
    ['an id that API_KEYS has too', { '/c': consumersFile({ id: 'reader' }) }, /an id that is given twice/],
  ])('finds %s', (_what, files: Record<string, string>, fault) => {
    const variables = { ...realHss, CONSUMERS_FILE: '/c', API_KEYS: 'reader=reader-key-0123456789' };
    const { exitCode, stderr } = run('--check-config', variables, files);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(fault)]);
  });

  it('warns of secret keys that FACE_MASTER_KEY does not open', () => {
    const [ak, consumer] = ['HBFFTERRAFORM0000001', 'dashboard'];
    const sealed = sealSecret('planted-sk', { consumer, accessKey: ak }, sealingKey('another key'));
    const face = { HSS_COMPAT: 'on', FACE_MASTER_KEY: 'x'.repeat(32), CONSUMERS_FILE: '/c' };
    const { exitCode, stderr } = run(
      '--check-config',
      { ...realHss, ...face },
      {
        '/c': consumersFile({ sdk: [{ ak, sealed }] }),
      },
    );
    const warning = /^Warning: FACE_MASTER_KEY opens 0 of 1 .*: dashboard HBFFTERRAFORM0000001\n$/;
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(warning)]);
  });

  it('shows warnings, which are no faults', () => {
    const { exitCode, stderr } = run('--check-config', { ...realHss, OTEL_TRACES_EXPORTER: 'zipkin' });
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/^Warning: OTEL_TRACES_EXPORTER/)]);
  });
});

describe('--print-config', () => {
  const secrets = {
    CLOUD_SDK_SK: 'planted-sk',
    REDIS_URL: 'rediss://planted-user:planted-pw@redis.example:6380/2',
    API_KEYS: 'reader=planted-key-0123456789',
    HTTPS_PROXY: 'http://planted-user:planted-pw@proxy.example:3128/planted-path',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=planted-token',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://planted-user:planted-pw@collector.example/planted-path?x=planted',
    OTEL_RESOURCE_ATTRIBUTES: 'x=planted-attribute',
  };

  it('prints what is in force, defaults too, and no part of a secret', () => {
    const variables = { ...realHss, ...secrets, TTL_LISTS: '5m', CONSUMERS_FILE: '/c' };
    const { exitCode, stdout, stderr } = run('--print-config', variables, { '/c': consumersFile() });
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining(
        [
          'PORT=3000',
          'TTL_LISTS=5m',
          'CLOUD_SDK_SK=***',
          'REDIS_URL=rediss://***@redis.example:6380/2',
          'API_KEYS=***',
          '# METRICS_PORT is not set',
          'HTTPS_PROXY="http://***@proxy.example:3128/***"',
          'OTEL_EXPORTER_OTLP_HEADERS=***',
          'OTEL_EXPORTER_OTLP_ENDPOINT=https://***@collector.example/***',
          '# CONSUMERS_FILE holds 1 consumers',
        ].map((line) => line.replaceAll('"', '')),
      ),
    );
    expect(stdout + stderr).not.toContain('planted');
  });

  it('names the file of a secret, and shows nothing of its content', () => {
    const others = { ...realHss, CLOUD_SDK_SK: '' };
    const files = { '/run/sk': 'planted-sk' };
    const { stdout } = run('--print-config', { ...others, CLOUD_SDK_SK_FILE: '/run/sk' }, files);
    expect(stdout).toContain('CLOUD_SDK_SK=***  # from CLOUD_SDK_SK_FILE\n');
    expect(stdout).not.toContain('planted');
  });

  it('prints no settings when there is a fault', () => {
    expect(run('--print-config', { PORT: 'x' })).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('another argument', () => {
  it.each([
    ['--help', 0],
    ['--chekc-config', 1],
  ])('%s tells how to use the program', (option, exitCode) => {
    const output = run(option, {});
    expect(output.exitCode).toBe(exitCode);
    expect(output.stdout + output.stderr).toMatch(/^Usage: node dist\/main\.js/);
  });

  it('is not needed: without arguments the service starts', () => {
    expect(settingsCommand([], realHss, fileReader({}))).toBeUndefined();
  });
});
