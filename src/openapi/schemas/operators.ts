/** Answers for operators: call budget, cache, purges, health. */
import {
  about,
  count,
  flag,
  listOf,
  object,
  orNull,
  text,
  textOrNull,
  time,
  timeOrNull,
  word,
} from '../schema-parts.js';

const budgetOfApi = object({
  api: text,
  shared: about('False while Redis is away: each instance then keeps to its share', flag),
  limit: count,
  windowMs: count,
  used: about('Calls that count against the limit now', count),
  reserved: about(
    'Calls that instances without a sign of life may still make; `limit` is without them',
    count,
  ),
  calls: about(
    'The calls that count now, the oldest first; the newest 100 of them',
    listOf(
      object({
        grantedAt: time,
        freeAt: about('When the call stops to count; estimated while the call is under way', time),
        underWay: flag,
        instance: about('Null for a call of another program with the same HSS user', textOrNull),
      }),
    ),
  ),
  promisedAt: about(
    'The turns told to consumers who could not wait, the next first; 100 at most',
    listOf(time),
  ),
  promises: about(
    'Turns told by this instance since the start: those that came in time, and those that came late',
    object({ made: count, kept: count, broken: count }),
  ),
  queue: object({ waiting: count, 'left-behind': count, revalidation: count, background: count }),
  oldestWaitMs: orNull(count),
  oldestWaitsMs: about(
    'The longest wait in the shared queue, by priority',
    object({
      waiting: orNull(count),
      'left-behind': orNull(count),
      revalidation: orNull(count),
      background: orNull(count),
    }),
  ),
  nextSlotAt: time,
  pausedUntil: timeOrNull,
  breaker: object({
    state: { type: 'string', enum: ['closed', 'open', 'half-open'] },
    openUntil: timeOrNull,
  }),
  learnedLimit: orNull(object({ limit: count, windowMs: count, until: time })),
  instances: count,
});

const lastPurge = about('The number of the last purge that the instance knows', count);

/** A minute of the cache. */
const minute = object({
  at: about('The beginning', time),
  ms: about('How long it was; the last one still runs', count),
  hits: about('Look-ups answered from memory or Redis, and requests answered before any route', count),
  loads: about('Loads from HSS', count),
  stale: about('Answers served past their fresh life', count),
  staleSeconds: about('The sum of the ages of these answers', { type: 'number' }),
});

/** A request that was right and got no answer. */
const recentProblem = object({
  at: time,
  requestId: text,
  method: text,
  route: about('The pattern of the route; null when none matches', textOrNull),
  consumer: about('Null for a request without a known sender', textOrNull),
  status: count,
  code: about('A code of the problem list', text),
  upstream: about(
    'What HSS said; null when HSS said nothing',
    orNull(object({ status: count, code: textOrNull, requestId: textOrNull })),
  ),
});

const rateLeft = object({
  limit: count,
  windowSeconds: { type: 'number' },
  remaining: count,
  resetSeconds: count,
});

export const operatorSchemas = {
  Me: object({
    consumer: text,
    keyId: about('The first 8 hex digits of the SHA-256 of the key, as in the log', text),
    expiresAt: about('The end of the key; null: none', timeOrNull),
    scopes: listOf(text),
    namespaces: about('The patterns of the namespaces that the caller sees; null: all', orNull(listOf(text))),
    rate: about(
      'A rate without a limit is null',
      object({
        requests: orNull(rateLeft),
        concurrent: orNull(object({ limit: count, running: count })),
        upstream: about('Calls of HSS that the requests cause', orNull(rateLeft)),
      }),
    ),
  }),
  Budget: object({ apis: listOf(budgetOfApi) }),
  CacheState: object({
    memory: object({ entries: count, bytes: count, maxBytes: count }),
    hot: object({
      answers: count,
      bytes: count,
      maxBytes: count,
      hits: about(
        'Requests answered with stored bytes or held rows, before any route; `memoryHits` does not count them',
        count,
      ),
    }),
    loading: about('Loads under way', count),
    inAgreement: about(
      'False while this instance receives no messages of other instances: entries from memory are then marked stale',
      flag,
    ),
    counts: object({
      memoryHits: count,
      memoryMisses: count,
      redisHits: count,
      redisMisses: count,
      loads: count,
      failures: count,
      superseded: about('Loads that ended with the result of another instance', count),
      unreadable: about('Values in Redis that could not be read as an entry', count),
    }),
    lastHour: about('This instance, minute by minute, the oldest first; 60 minutes at most', listOf(minute)),
    instance: about('The name of this instance', text),
    lastPurge,
    instances: about(
      'The instances whose heartbeats arrive here, this one among them. They agree when they know the same purge',
      listOf(object({ instance: text, heardAt: time, lastPurge })),
    ),
    redis: about(
      'The memory of the fullest Redis server; null without Redis and while Redis is away',
      orNull(object({ bytes: count, maxBytes: about('0: no limit', count) })),
    ),
  }),
  RecentProblems: object({ items: listOf(recentProblem) }),
  PurgeRequest: {
    type: 'object',
    description: 'Exactly one of `key`, `tag`, `project` and `all`',
    properties: {
      key: about('A key of the cache, as described in docs/cache.md', {
        ...text,
        minLength: 1,
        maxLength: 4_096,
      }),
      tag: about('list:KIND, image:DIGEST or project:ID', {
        ...text,
        pattern:
          '^(list:(registry-images|local-images|image-files|base-images)|image:\\S{1,256}|project:\\S{1,256})$',
      }),
      project: { ...text, minLength: 1, maxLength: 256 },
      all: { type: 'boolean', const: true },
      dryRun: about('true: says what the purge would void, and purges nothing', flag),
    },
    oneOf: ['key', 'tag', 'project', 'all'].map((name) => ({ required: [name] })),
  },
  Purge: object({
    tag: text,
    missing: about('Instances that have not confirmed the purge', listOf(text)),
  }),
  PurgeForecast: object({
    entries: about('Stored answers that the purge would void', count),
    calls: about(
      'Calls of HSS by which the catalog would read again in the background what the purge names',
      count,
    ),
    refilledBy: about(
      'When these calls end if consumers need none meanwhile; null without calls',
      timeOrNull,
    ),
  }),
  Health: object(
    {
      status: { type: 'string', enum: ['ok', 'degraded'] },
      since: about('Since when it is degraded', timeOrNull),
      reasons: about(
        'Why it is degraded; none of these takes the instance out of service',
        listOf(
          object({
            part: { type: 'string', enum: ['hss', 'iam', 'credential', 'redis', 'consumers-file'] },
            why: about(
              'A code of the problem list, a state of Redis or its refusal, `faulty` or `secret-keys-unopened`',
              text,
            ),
            since: time,
          }),
        ),
      ),
      redis: { type: 'string', enum: ['up', 'down', 'not-configured'] },
      details: about(
        'Only for a key of the scope `watch`',
        object({
          release: text,
          instance: text,
          startedAt: time,
          credentialEndsAt: about('The end of the IAM token; null without one', timeOrNull),
          hss: listOf(object({ api: text, part: text, why: text, since: time })),
          redisFailures: about('Failed commands since the start, by reason', {
            type: 'object',
            additionalProperties: count,
          }),
          catalog: about(
            'Null when the catalog is off',
            orNull(
              object({
                complete: flag,
                asOf: timeOrNull,
                syncingInstance: orNull(text),
                lastError: orNull(object({ at: time, code: text })),
              }),
            ),
          ),
        }),
      ),
    },
    ['details'],
  ),
  Live: object({ status: word('ok') }),
  Ready: object({ status: word('ok') }),
  NotReady: object({ status: { type: 'string', enum: ['starting', 'stopping'] }, waitingFor: text }, [
    'waitingFor',
  ]),
};
