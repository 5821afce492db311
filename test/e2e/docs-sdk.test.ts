// docs/sdk.md: its commands are run, its variables and blocks are compared with what the service and the clients read.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { settingNames } from '../../src/config/settings.js';
import { run } from '../../src/consumers/cli/command.js';
import { emptyFile } from '../../src/consumers/cli/edit.js';
import { sealingKey } from '../../src/consumers/sealed-secret.js';
import { exchange, officialClients, requestHead } from '../support/official-clients.js';
import { runShell } from '../support/shell.js';
import { snippetsOf } from '../support/snippets.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const page = readFileSync(new URL('../../docs/sdk.md', import.meta.url), 'utf8');
const snippets = snippetsOf('sdk.md');
const [issue, replace, variables] = snippets.filter(({ language }) => language === 'sh');
const node = snippets.find(({ language }) => language === 'js')!;
const terraform = snippets.find(({ language }) => language === 'hcl')!;
const masterKey = 'master-key-of-this-test-0123456789';

describe('docs/sdk.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hss-bff-sdk-'));
  // The command of the page, in the same process as the test.
  const args = /^npm run consumer -- (.*)$/m.exec(issue!.text)![1]!.split(' ');
  const issued = run([...args, '--json'], emptyFile, Date.now(), [sealingKey(masterKey)]);
  const keys = JSON.parse(issued.shown) as { ak: string; sk: string };
  const consumers = join(folder, 'consumers.yaml');
  writeFileSync(consumers, issued.file!);
  const env = { HSS_COMPAT: 'on', FACE_MASTER_KEY: masterKey, CONSUMERS_FILE: consumers };
  const story = useEmulatedService({ env, emulator: { strictRegionHeader: false } });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('issues a key with which every client gets its answers', async () => {
    const host = new URL(story.service.url).host;
    for (const client of officialClients)
      for (const segments of [
        ['image', 'registries', 'images'],
        ['image', 'local-repositories'],
      ]) {
        const call = {
          keys,
          projectId: story.emulator.projectId,
          segments,
          query: [],
          now: story.clock.now(),
          host,
        };
        const answer = await exchange(host, requestHead(client, call));
        expect([client.name, segments.at(-1), answer.status]).toEqual([client.name, segments.at(-1), 200]);
      }
  });

  it('replaces a secret key that no master key opens', () => {
    const another = [sealingKey('another-master-key-0123456789-0123')];
    expect(run(['check'], issued.file, Date.now(), another).exitCode).toBe(1);
    let file = issued.file!;
    for (const [, line] of replace!.text.matchAll(/^npm run consumer -- (.*)$/gm)) {
      const words = line!.replace('NAME', 'terraform').replace('AK', keys.ak).split(' ');
      file = run(words, file, Date.now(), another).file!;
    }
    expect(file).not.toContain(keys.ak);
    expect(run(['check'], file, Date.now(), another).exitCode).toBe(0);
  });

  it('names settings that exist, and all that the face needs', () => {
    const inTable = [...page.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, name]) => name!);
    expect(inTable).toEqual(Object.keys(env));
    const inText = [...page.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name]) => name!);
    expect(inText).toEqual(expect.arrayContaining(['TTL_LISTS', 'TTL_CONTENT', 'REQUEST_DEADLINE']));
    for (const name of inText) expect(settingNames).toContain(name);
  });

  it('exports the variables that the clients read', async () => {
    const ran = await runShell('sh', ['-c', `${variables!.text}\nenv`], {});
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const names = [...ran.stdout.matchAll(/^(HUAWEICLOUD_\w+)=./gm)].map(([, name]) => name!);
    // The clients look for the region in capitals, with underscores.
    const region = story.emulator.region.toUpperCase().replaceAll('-', '_');
    const read = ['AK', 'SK', 'PROJECT_ID', 'IAM_ENDPOINT', `REGION_HSS_${region}`];
    expect(names.sort()).toEqual(read.map((name) => `HUAWEICLOUD_SDK_${name}`).sort());
  });

  it('has a line for Node that takes the endpoint as it is', async () => {
    const program = `const calls = [];
      const builder = new Proxy({}, { get: (_, name) => (...given) => (calls.push([name, ...given]), builder) });
      const [HssClient, credential] = [{ newBuilder: () => builder }, 'credential'];
      ${node.text}
      console.log(JSON.stringify(calls));`;
    const { stdout, stderr } = await runShell(process.execPath, ['-e', program], {});
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([
      ['withCredential', 'credential'],
      ['withEndpoint', expect.stringMatching(/^https:\/\/[^/]+$/)],
      ['build'],
    ]);
  });

  it('has a block for Terraform that keeps issued keys away from HSS and IAM', () => {
    const given = Object.fromEntries(
      [...terraform.text.matchAll(/^ +(\w+) += (.*)$/gm)].map(([, name, value]) => [name!, value!]),
    );
    expect(Object.keys(given)).toEqual([
      ...['region', 'access_key', 'secret_key', 'project_id', 'auth_url'],
      ...['skip_check_website_type', 'endpoints'],
    ]);
    const [, host] = /hss = "(https:\/\/[^/]+)\/"/.exec(given['endpoints']!)!;
    expect(given['auth_url']).toBe(`"${host}/v3"`);
    expect(given['skip_check_website_type']).toBe('true');
  });
});
