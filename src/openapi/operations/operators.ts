import { exampleDigest, type Operations } from '../operation.js';

/** The operations for operators, balancers and orchestrators. */
export const operatorOperations = {
  getMe: {
    summary: 'Who the caller is: consumer, key, scopes, and what is left of its rates',
    description: 'For a client that wants to know its rights and its rates.',
    kind: 'moment',
    answer: ['Me'],
    errors: [],
  },
  getBudget: {
    summary: 'The call budget of each HSS API: its calls in time, promises, queue, pauses, breaker',
    description: 'The state of this moment, for people and dashboards.',
    kind: 'moment',
    answer: ['Budget'],
    errors: [],
  },
  getCacheState: {
    summary: 'The cache of this instance, its last hour, and what the instances agree on',
    description: 'The state of this moment, for people and dashboards.',
    kind: 'moment',
    answer: ['CacheState'],
    errors: [],
  },
  listRecentProblems: {
    summary: 'The last 50 requests to this instance that were right and got no answer',
    description:
      'The newest first: 429 and 5xx except `not-cached`, which the consumer asked for, with the request id by which the log has the reason. For people and dashboards.',
    kind: 'moment',
    answer: ['RecentProblems'],
    errors: [],
  },
  purgeCache: {
    summary: 'Purges one key, all entries with a tag, a project, or all entries, on all instances',
    description:
      'What the purge names in the catalog is unread from then on: the image is still found, with severity and scan null, and is read again. With `dryRun` nothing is purged. Everything, or a project, can be purged once a minute.',
    kind: 'moment',
    answer: ['Purge', 'PurgeForecast'],
    errors: ['payload-too-large', 'unsupported-media-type'],
    body: { schema: 'PurgeRequest', example: { tag: `image:${exampleDigest}`, dryRun: true } },
    more: { 202: { description: 'Some instances have not confirmed the purge yet', answer: 'Purge' } },
  },
  getHealth: {
    summary: 'What is wrong, and since when',
    description:
      'Always 200 while the process answers. For people and dashboards. A key of the scope `watch` sees details.',
    kind: 'open',
    answer: ['Health'],
    errors: ['unauthenticated'],
  },
  getLiveness: {
    summary: 'Whether the process answers',
    description: 'For the liveness probe of an orchestrator.',
    kind: 'open',
    answer: ['Live'],
    errors: [],
  },
  getReadiness: {
    summary: 'Whether the instance takes requests',
    description:
      'For balancers. 503 until the catalog is loaded, 10 s at most, and from the beginning of a shutdown.',
    kind: 'open',
    answer: ['Ready'],
    errors: [],
    more: { 503: { description: 'Starting or stopping: send requests elsewhere', answer: 'NotReady' } },
  },
} satisfies Operations;
