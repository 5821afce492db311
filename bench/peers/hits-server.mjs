// One peer of bench/hits: gives the same answers as this service, with another server or cache. The parent names the
// kind of the peer and its answers; the peer reports its port when it listens.
import 'reflect-metadata';

process.once('message', async ({ kind, redisUrl, headers, answers }) => {
  const port = await peers[kind]({ redisUrl, headers, answers });
  process.send({ port });
});
process.once('disconnect', () => process.exit(0));

const ttlMs = 3_600_000;

const peers = {
  async fastify({ headers, answers }) {
    const { default: Fastify } = await import('fastify');
    const fastify = Fastify();
    const [[path, body]] = Object.entries(answers);
    fastify.get(path.split('?', 1)[0], (_request, reply) => {
      reply.headers(headers).send(body);
    });
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    return fastify.server.address().port;
  },

  'cache-manager, memory': (given) => cacheManager(given, async ({ Keyv }) => [new Keyv()]),
  'cache-manager, Redis': (given) =>
    cacheManager(given, async ({ createKeyv }) => [createKeyv(given.redisUrl)]),

  async bentocache({ redisUrl, headers, answers }) {
    const { BentoCache, bentostore } = await import('bentocache');
    const { memoryDriver } = await import('bentocache/drivers/memory');
    const { redisDriver } = await import('bentocache/drivers/redis');
    const { Redis } = await import('ioredis');
    const connection = new Redis(redisUrl);
    const store = bentostore()
      .useL1Layer(memoryDriver({ maxSize: '64mb' }))
      .useL2Layer(redisDriver({ connection }));
    const bento = new BentoCache({ default: 'tiers', stores: { tiers: store } });
    return nest(headers, ({ url }) =>
      bento.getOrSet({ key: url, ttl: ttlMs, factory: () => JSON.parse(answers[url]) }),
    );
  },
};

async function cacheManager({ headers, answers }, storesOf) {
  const { CacheInterceptor, CacheModule } = await import('@nestjs/cache-manager');
  const stores = await storesOf(await import('@keyv/redis'));
  return nest(headers, ({ url }) => JSON.parse(answers[url]), {
    imports: [CacheModule.register({ isGlobal: true, stores, ttl: ttlMs })],
    interceptor: CacheInterceptor,
  });
}

/** A Nest application on Fastify with one route, whose answer is the result of `answer`. */
async function nest(headers, answer, { imports = [], interceptor } = {}) {
  const { Controller, Get, Module, Req, UseInterceptors } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  // This is no TypeScript, so the code calls the decorators itself.
  class Images {
    list(request) {
      return answer(request);
    }
  }
  Get('v1/registry-images')(
    Images.prototype,
    'list',
    Object.getOwnPropertyDescriptor(Images.prototype, 'list'),
  );
  Req()(Images.prototype, 'list', 0);
  if (interceptor) UseInterceptors(interceptor)(Images);
  Controller()(Images);
  class App {}
  Module({ imports, controllers: [Images] })(App);
  const adapter = new FastifyAdapter();
  const { 'content-length': _length, ...others } = headers;
  adapter.getInstance().addHook('onRequest', (_request, reply, done) => {
    reply.headers(others);
    done();
  });
  const app = await NestFactory.create(App, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}
