import { Redis } from 'ioredis';
import { startService } from './service.mjs';

/** The names under which a service looks for its log. The service must begin a log to show them. */
export async function namesOfLog(redis, emulator, env) {
  const probe = new Redis(redis.url);
  const service = await startService(emulator, env);
  for (;;) {
    const [lease] = await probe.keys('*:lease');
    if (lease) {
      await service.stop();
      await redis.flush();
      probe.disconnect();
      const [, prefix, scope] = /^(.*):catalog:\{(.*)\}:lease$/.exec(lease);
      return { prefix, scope };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
