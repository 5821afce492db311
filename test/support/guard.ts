import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Ends a child process when the test process is gone for any reason: a shell waits until its standard input closes. A
 * listener on the process's 'exit' is not enough: a SIGKILL skips it, and Jest gives tests a copy of `process`.
 * @param folder is deleted with the process.
 */
export function guard(child: ChildProcess, folder = ''): void {
  if (child.pid === undefined) return;
  const script = 'cat >/dev/null; kill -9 "$1"; [ -z "$2" ] || rm -rf "$2"';
  const shell = spawn('sh', ['-c', script, 'guard', String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  // Another process may soon get the same number: the shell must not kill that process.
  child.once('exit', () => shell.kill('SIGKILL'));
}
