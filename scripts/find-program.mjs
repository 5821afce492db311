// Finds a program that the tests start, or installs it: a variable names it, or it is on PATH, or apt-get has it.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  // Servers lie here, and not every user has the folder on PATH.
  folders.push('/usr/sbin');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(executable);
}

const aptLimitMs = 180_000;

function install(name) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      env,
      stdio: ['ignore', 2, 2],
      // Without a network each address takes its time to fail.
      timeout: aptLimitMs,
    });
  // A package may start a service, such as Redis on port 6379. A policy-rc.d that exits with 101 prevents this on Debian.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt('update');
    return apt('install', '--no-install-recommends', name).status === 0;
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/**
 * @param variable the environment variable that names the program.
 * @param names the names that the program has on PATH.
 * @param missing the line for people who have to install it.
 * @returns the path. @throws Error with a line for people when there is none.
 */
export function findProgram({ variable, names, debianPackage, missing }) {
  const chosen = process.env[variable];
  if (chosen) {
    if (executable(chosen)) return chosen;
    throw new Error(`${variable}: ${chosen} is not a program.`);
  }
  const found = onPath(names);
  if (found) return found;
  const installable = process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath(['apt-get']);
  if (installable) {
    console.error(`${debianPackage} is missing: installing it with apt-get …`);
    if (install(debianPackage)) return onPath(names) ?? join('/usr/bin', names[0]);
  }
  throw new Error(missing);
}

export const redis = {
  variable: 'REDIS_SERVER_BIN',
  names: ['redis-server'],
  debianPackage: 'redis-server',
  missing:
    'The tests need a Redis: install redis-server (Debian/Ubuntu: apt-get install redis-server; macOS: brew install redis) or set REDIS_SERVER_BIN.',
};

export const chromium = {
  variable: 'CHROMIUM_BIN',
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  debianPackage: 'chromium',
  missing:
    'The tests of the pages need a browser: install Chromium (Debian: apt-get install chromium; macOS: brew install chromium) or set CHROMIUM_BIN.',
};

export const nginx = {
  variable: 'NGINX_BIN',
  names: ['nginx'],
  debianPackage: 'nginx-light',
  missing:
    'The test of the balancer is skipped: install nginx (Debian: apt-get install nginx-light) or set NGINX_BIN.',
};

export const prometheus = {
  variable: 'PROMETHEUS_BIN',
  names: ['prometheus'],
  debianPackage: 'prometheus',
  missing:
    'The check needs a Prometheus: install it (Debian: apt-get install prometheus) or set PROMETHEUS_BIN.',
};
