/** The kubectl programs that render deploy/kubernetes: the machine's own, and the oldest one that is in use. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../node_modules/.cache/kubectl', import.meta.url));

export interface Kubectl {
  /** `v1.20`. */
  version: string;
  /** Renders a kustomization. @throws Error with what kubectl says. */
  render: (folder: string) => string;
}

/** @returns each version once; none where there is no kubectl. */
export function findKubectls(): Kubectl[] {
  const programs = [process.env['KUBECTL_BIN'] ?? 'kubectl', debianKubectl()];
  const found = programs.flatMap((program) => (program === undefined ? [] : (kubectlOf(program) ?? [])));
  return found.filter(({ version }, at) => found.findIndex((other) => other.version === version) === at);
}

function kubectlOf(program: string): Kubectl | undefined {
  const asked = spawnSync(program, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (asked.status !== 0) return undefined;
  const version = /"gitVersion": "(v\d+\.\d+)/.exec(asked.stdout)?.[1];
  if (version === undefined) return undefined;
  return {
    version,
    render: (folder) => {
      const rendered = spawnSync(program, ['kustomize', folder], { encoding: 'utf8' });
      if (rendered.status !== 0) throw new Error(`kubectl ${version}: ${rendered.stderr}`);
      return rendered.stdout;
    },
  };
}

/** The package of Debian, unpacked into a cache, so that the machine keeps its own kubectl. */
function debianKubectl(): string | undefined {
  const program = join(cache, 'usr/bin/kubectl');
  if (existsSync(program)) return program;
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) return undefined;
  mkdirSync(cache, { recursive: true });
  spawnSync('apt-get', ['download', '-qq', 'kubernetes-client'], { cwd: cache });
  const file = readdirSync(cache).find((name) => name.endsWith('.deb'));
  if (file !== undefined) spawnSync('dpkg-deb', ['-x', file, '.'], { cwd: cache });
  return existsSync(program) ? program : undefined;
}
