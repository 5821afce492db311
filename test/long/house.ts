import type { Clock } from '../../src/time/clock.js';
import type { Emulator } from '../../emulator/emulator.js';
import { startRedis, type RedisProcess } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { settings, witness, type Scale } from './fleet.js';

/** Instances in this process with one Redis. These start quickly, and only these can get a clock. */
export interface House {
  emulator: Emulator;
  redis: RedisProcess;
  services: TestService[];
  urlOf: () => string;
  end(): Promise<void>;
}

export async function startHouse(scale: Scale, clocks: readonly Clock[]): Promise<House> {
  const [emulator, redis] = await Promise.all([witness(scale), startRedis()]);
  const env = settings(scale);
  const services = await Promise.all(
    clocks.map((clock) => startService({ emulator, redisUrl: redis.url, clock, env })),
  );
  let turn = 0;
  return {
    emulator,
    redis,
    services,
    urlOf: () => services[(turn += 1) % services.length]!.url,
    end: async () => {
      await Promise.all(services.map((service) => service.close()));
      await redis.stop();
      await emulator.close();
    },
  };
}
