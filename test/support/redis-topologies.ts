/** Several Redis processes that know each other: a cluster, or a master and a replica that sentinels watch. */
import { redisFlags, startRedis, type RedisOptions, type RedisProcess } from './redis-server.js';
import { until } from './until.js';

const slots = 16_384;
/** Longer than a busy machine stalls, so that a failover only replaces a process that a test has ended. */
const lostAfterMs = 2_000;

export interface RedisCluster {
  masters: RedisProcess[];
  /** The replica of the first master. */
  replica: RedisProcess | undefined;
  /** The value of REDIS_CLUSTER_NODES. */
  nodes: string;
  /** Whether every node sees that all slots are served. */
  isWhole(): Promise<boolean>;
  stop: () => Promise<void>;
}

export async function startCluster(
  options: Omit<RedisOptions, 'port'> & { replica?: boolean } = {},
): Promise<RedisCluster> {
  const { replica: hasReplica = false, args = [], password, ...rest } = options;
  const nodes = await Promise.all(
    Array.from({ length: hasReplica ? 4 : 3 }, () =>
      startRedis({
        ...rest,
        ...(password === undefined ? {} : { password }),
        args: [
          ...redisFlags({
            'cluster-enabled': 'yes',
            'cluster-node-timeout': lostAfterMs,
            'cluster-replica-validity-factor': 0,
            'repl-diskless-sync-delay': 0,
          }),
          ...(password === undefined ? [] : ['--masterauth', password]),
          ...args,
        ],
      }),
    ),
  );
  const [masters, replica] = [nodes.slice(0, 3), nodes[3]];
  const [first] = masters as [RedisProcess];
  // With different configuration epochs the nodes need not settle which node is right.
  for (const [index, node] of nodes.entries())
    await node.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  for (const [index, node] of masters.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * slots) / masters.length));
    const own = Array.from({ length: to! - from! }, (_, slot) => String(from! + slot));
    await node.cli('CLUSTER', 'ADDSLOTS', ...own);
  }
  for (const node of nodes.slice(1)) await first.cli('CLUSTER', 'MEET', '127.0.0.1', String(node.port));
  const isWhole = async () => {
    const states = nodes.filter(({ running }) => running).map((node) => node.cli('CLUSTER', 'INFO'));
    return (await Promise.all(states)).every((info) =>
      /cluster_state:ok[^]*cluster_slots_ok:16384/.test(String(info)),
    );
  };
  await until(isWhole);
  if (replica) {
    const id = String(await first.cli('CLUSTER', 'MYID'));
    await until(async () => String(await replica.cli('CLUSTER', 'NODES')).includes(id));
    await replica.cli('CLUSTER', 'REPLICATE', id);
    await until(async () => String(await replica.cli('INFO', 'replication')).includes('link_status:up'));
    // The other masters elect only a replica that they know.
    const others = masters.slice(1);
    await until(async () =>
      (await Promise.all(others.map((node) => node.cli('CLUSTER', 'NODES')))).every((known) =>
        / slave /.test(String(known)),
      ),
    );
  }
  return {
    masters,
    replica,
    nodes: masters.map(({ address }) => address).join(','),
    isWhole,
    stop: () => stopAll(nodes),
  };
}

export const groupName = 'test-group';

export interface WatchedRedis {
  master: RedisProcess;
  replica: RedisProcess;
  /** The value of REDIS_SENTINELS. */
  sentinels: string;
  /** The port of the master according to the first sentinel. */
  masterPort(): Promise<number>;
  stop: () => Promise<void>;
}

export async function startWatched(
  options: Pick<RedisOptions, 'password' | 'tls'> & { sentinelPassword?: string; sentinels?: number } = {},
): Promise<WatchedRedis> {
  const { sentinelPassword, sentinels: count = 1, password, ...tls } = options;
  const same = { ...tls, ...(password === undefined ? {} : { password }) };
  const auth = password === undefined ? [] : ['--masterauth', password];
  const args = ['--repl-diskless-sync-delay', '0', ...auth];
  const master = await startRedis({ ...same, args });
  const replica = await startRedis({
    ...same,
    args: ['--replicaof', '127.0.0.1', String(master.port), ...args],
  });
  await until(async () => String(await replica.cli('INFO', 'replication')).includes('link_status:up'));
  const quorum = Math.floor(count / 2) + 1;
  const sentinels = await Promise.all(
    Array.from({ length: count }, () =>
      startRedis({
        ...tls,
        ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
        sentinel: [
          `sentinel monitor ${groupName} 127.0.0.1 ${master.port} ${quorum}`,
          `sentinel down-after-milliseconds ${groupName} ${lostAfterMs}`,
          `sentinel failover-timeout ${groupName} 3000`,
          ...(password === undefined ? [] : [`sentinel auth-pass ${groupName} ${password}`]),
          ...(sentinelPassword === undefined ? [] : [`sentinel sentinel-pass ${sentinelPassword}`]),
        ],
      }),
    ),
  );
  const [first] = sentinels as [RedisProcess];
  // A failover needs a sentinel that knows the replica, and a majority of sentinels that know each other.
  await until(async () => {
    const [replicas, others] = await Promise.all(
      ['REPLICAS', 'SENTINELS'].map((what) => first.cli('SENTINEL', what, groupName)),
    );
    return (replicas as unknown[]).length === 1 && (others as unknown[]).length === count - 1;
  });
  const processes = [...sentinels, replica, master];
  return {
    master,
    replica,
    sentinels: sentinels.map(({ address }) => address).join(','),
    masterPort: async () => {
      const [, port] = (await first.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', groupName)) as string[];
      return Number(port);
    },
    stop: () => stopAll(processes),
  };
}

async function stopAll(processes: RedisProcess[]): Promise<void> {
  await Promise.all(processes.map((each) => each.stop()));
}
