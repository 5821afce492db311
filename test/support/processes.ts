/** Runs the built service and other programs as processes, which end with their test. */
import { it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildService } from './built-service.js';
import { guard } from './guard.js';
import { readKey } from './service.js';
import { until } from './until.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Running {
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts Node with this environment only: no variable of the machine may configure the service. */
function run(args: string[], env: Record<string, string> = {}): Running {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH, ...env } });
  guard(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return {
    stdout: () => out,
    stderr: () => err,
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null),
  };
}

export type Run = typeof run;

/** A test with processes of its own, which end with the test. Tests run side by side, since starting takes the time. */
export function itRuns(title: string, test: (run: Run) => Promise<void>): void {
  const body = async () => {
    const running: Running[] = [];
    await buildService();
    try {
      await test((...given) => {
        const started = run(...given);
        running.push(started);
        return started;
      });
    } finally {
      for (const started of running) started.signal('SIGKILL');
      await Promise.all(running.map(({ ended }) => ended));
    }
  };
  it.concurrent(title, body);
}

export const main = 'dist/main.js';

/** The first match of `pattern` in what the process says. */
export async function said(process: Running, pattern: RegExp): Promise<string> {
  let match: string | undefined;
  await until(() => (match = pattern.exec(process.stdout() + process.stderr())?.[1]));
  return match!;
}

export const listening = (process: Running) => said(process, /"url":"([^"]+)","mode":"hss"/);

/** An access key that no HSS knows. */
export const aksk = { CLOUD_SDK_AK: 'ak', CLOUD_SDK_SK: 'sk', HSS_USER: 'reader' };

export const hssSettings = (endpoint: string) => ({
  PORT: '0',
  HSS_REGION: 'cn-north-4',
  HSS_ENDPOINT: endpoint,
  HSS_PROJECT_ID: '0123456789abcdef0123456789abcdef',
  HSS_ENTERPRISE_PROJECT_ID: 'all_granted_eps',
  API_KEYS: `reader=${readKey}`,
});

/** Whether nothing listens there. */
export function isRefused(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}
