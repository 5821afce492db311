// The face through the balancer of docker-compose.yml: a signature covers host, path and query, so all must arrive as sent.
import { describe, expect, it } from '@jest/globals';
import { leastDeadlineMs } from '../../src/face/face.module.js';
import { balancerConfiguration, nginx, startBalancer } from '../support/balancer.js';
import { exchange, officialClients, requestHead, type ClientCall } from '../support/official-clients.js';
import { sdkConsumers, sdkKeys } from '../support/sdk-consumers.js';
import { startUpstream } from '../support/upstream-server.js';
import { useEmulatedService } from '../support/use-emulated-service.js';

const imageId = 'sha256:0b08c2b4162c7007fba407806554a0b4f56bfcfa6b93c2644ebd2d1decd7ee53';
if (nginx === undefined)
  console.warn('The balancer is not tested: install nginx (apt-get install nginx-light) or set NGINX_BIN.');
const withNginx = nginx === undefined ? describe.skip : describe;

/** Official clients, one of them also as it is with an endpoint that ends in a slash. */
const clients = officialClients.flatMap((client) =>
  client.name === 'Java'
    ? [client, { ...client, name: 'Java with two slashes', leadingSlashes: 2 }]
    : [client],
);

const callTo = (host: string, projectId: string, now: number): ClientCall => ({
  keys: sdkKeys,
  projectId,
  now,
  host,
  segments: ['image', imageId, 'basic-image'],
  query: [
    ['image_type', 'private_image'],
    ['namespace', 'scc_hss_container'],
    ['image_name', 'proxy-agent'],
    ['image_version', '24.5.0-x86_64'],
    ['enterprise_project_id', 'all_granted_eps'],
  ],
});

describe('the configuration of the balancer', () => {
  it('waits longer than the face does', () => {
    const [, seconds] = /proxy_read_timeout (\d+)s;/.exec(balancerConfiguration())!;
    expect(Number(seconds)).toBeGreaterThan(leastDeadlineMs / 1_000);
  });
});

withNginx('the balancer', () => {
  const { env } = sdkConsumers();
  const story = useEmulatedService({ env, emulator: { strictRegionHeader: false } });

  it.each(clients)('lets the signed request of $name through', async (client) => {
    const balancer = await startBalancer(new URL(story.service.url).host);
    try {
      const call = callTo(balancer.host, story.emulator.projectId, story.clock.now());
      const answer = await exchange(balancer.host, requestHead(client, call));
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"os_name":"Debian"')]);
    } finally {
      await balancer.close();
    }
  });

  it.each(clients)('hands on the bytes of $name: path, query, Host and signed headers', async (client) => {
    const upstream = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-length': '0' }).end();
    });
    const balancer = await startBalancer(new URL(upstream.url).host);
    try {
      const head = requestHead(client, callTo(balancer.host, 'p'.repeat(32), Date.now()));
      await exchange(balancer.host, head);
      const [request] = upstream.requests;
      expect(request!.url).toBe(head.split(' ')[1]);
      for (const line of head.split('\r\n').slice(1)) {
        const [name, value] = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)];
        // The connection is the balancer's own, and an empty header is the same as none.
        if (name === 'Connection' || value === '') continue;
        expect([name, request!.headers[name.toLowerCase()]]).toEqual([name, value]);
      }
    } finally {
      await balancer.close();
      await upstream.close();
    }
  });
});
