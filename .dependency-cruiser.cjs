// The import rules: which room may import from which other room. `npm run imports` checks src and emulator;
// test/architecture/imports.test.ts plants a fault for every rule. A new room may import and be imported freely until a
// rule below names the room.

const ENDPOINTS = '^src/endpoints/';
/** The endpoints share this room, so every endpoint may import it. */
const LISTS = '^src/endpoints/lists/';
const ONE_ENDPOINT = '^src/endpoints/([^/]+)/';
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})/`;

/** A room that may not import these other rooms. */
const never = (room, others, why) => ({
  name: `${room}-not-to-${others.join('-')}`,
  comment: why,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: `^src/(${others.join('|')})/` },
});

/** A room that imports only from itself and from the rooms in `others`. Packages of npm and Node are free. */
const only = (room, others, why) => ({
  name: others.length > 0 ? `${room}-only-to-${others.join('-')}` : `${room}-to-no-room`,
  comment: why,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...others].join('|')})/` },
});

/** Single files of the catalog that a rule names like a room. */
const catalogFiles = { settings: 'catalog-settings\\.ts$', status: 'sync/status\\.ts$' };

/** Like `only`, for a room inside the catalog. Rooms outside the catalog are free; other rules speak about those. */
const onlyInCatalog = (room, others, why) => ({
  name: `catalog-${room}-only-to-${others.join('-')}`,
  comment: why,
  severity: 'error',
  from: { path: `^src/catalog/${room}/` },
  to: {
    path: '^src/catalog/',
    pathNot: `^src/catalog/(${[room, ...others].map((name) => catalogFiles[name] ?? `${name}/`).join('|')})`,
  },
});
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that import each other belong into one file, or need a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'The imported file or package does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-deprecated',
      comment: 'The author has given the package up.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['deprecated'] },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'Production installs only "dependencies"; another package would be found by luck.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'not-to-test',
      comment: 'The image holds no tests.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },

    // The emulator plays HSS, so it must not share code with the service that it judges.
    {
      name: 'emulator-stands-alone',
      comment: 'The emulator runs on Node alone and shares no code with the service that it tests.',
      severity: 'error',
      from: { path: '^emulator/' },
      to: { pathNot: '^emulator/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'not-to-emulator',
      comment: 'The production image has no emulator; the demo loads the emulator at run time.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^emulator/' },
    },

    {
      name: 'client-stands-alone',
      comment: 'The typed client is a package of its own with one dependency, for Node and browsers.',
      severity: 'error',
      from: { path: '^clients/[^/]+/src/' },
      to: { pathNot: ['^clients/', npm('openapi-fetch')] },
    },

    {
      name: 'console-over-the-client',
      comment: 'The pages run in a browser and know the service only through the typed client.',
      severity: 'error',
      from: { path: '^console/src/' },
      to: { pathNot: ['^console/src/', '^clients/typescript/src/', npm('preact', 'preact-iso')] },
    },

    // The direction: http, images → catalog, endpoints → cache, hss → budget → redis → config, time.
    only('config', [], 'Every room may read the settings, so the settings import no room.'),
    only('time', [], 'Every room may use the clock, so the clock imports no room.'),
    only('bytes', [], 'Every room may frame bytes, so this room imports no room.'),
    only('domain', [], 'Every room may use the words of the domain, so the domain imports no room.'),
    only('json', [], 'Every room may read and write JSON, so this room imports no room.'),
    only('signing', [], 'The form of signatures is pure, so this room imports no room.'),
    only('telemetry', [], 'Every room may write a log, so the log imports no room.'),
    only(
      'consumers',
      ['config', 'domain', 'redis', 'signing', 'telemetry', 'time'],
      'Who may call is decided without HTTP and without the data.',
    ),
    only('redis', ['config', 'telemetry', 'time'], 'A connection does not know the purpose of its commands.'),
    only(
      'budget',
      ['redis', 'config', 'json', 'telemetry', 'time'],
      'Plain functions and classes that would work in any service.',
    ),
    {
      name: 'budget-plain',
      comment: 'No framework and no HTTP client: time, chance and Redis are parameters.',
      severity: 'error',
      from: { path: '^src/budget/' },
      to: { path: npm('@nestjs/[^/]+', 'axios') },
    },
    never(
      'cache',
      ['hss', 'endpoints', 'images', 'http', 'catalog'],
      'The cache knows keys and loads. HSS and routes are unknown to the cache.',
    ),
    never(
      'hss',
      ['cache', 'endpoints', 'images', 'http', 'catalog'],
      'The client of HSS knows no caches and no routes.',
    ),
    {
      name: 'endpoint-not-to-endpoint',
      comment: 'Each HSS endpoint is a room. Code that two endpoints share belongs to endpoints/lists.',
      severity: 'error',
      from: { path: ONE_ENDPOINT },
      to: { path: ENDPOINTS, pathNot: ['^src/endpoints/$1/', LISTS] },
    },
    never(
      'endpoints',
      ['images', 'catalog'],
      'An endpoint does not know who merges or collects its answers.',
    ),
    never(
      'catalog',
      ['images'],
      'Merged answers ask the catalog. The catalog never asks for merged answers.',
    ),
    never(
      'http',
      ['endpoints', 'images', 'catalog'],
      'Routes of all rooms use http, so http knows no route.',
    ),

    // Inside the catalog: routes → lookup → model, and sync → log → model. The module puts the rooms together.
    onlyInCatalog('routes', ['lookup', 'model', 'settings', 'status'], 'Routes read through the lookup.'),
    onlyInCatalog(
      'lookup',
      ['model', 'settings', 'status'],
      'The lookup finds images; routes are built on it.',
    ),
    onlyInCatalog('sync', ['log', 'model', 'settings'], 'The sync fills any store that the model describes.'),
    onlyInCatalog('index', ['model'], 'The index keeps the rows of one instance, and knows no log.'),
    onlyInCatalog('log', ['model'], 'The log carries changes between instances, and knows no index.'),
    {
      name: 'catalog-model-only-to-domain-rows',
      comment: 'The model describes rows of the endpoints in words of the domain; all catalog rooms use it.',
      severity: 'error',
      from: { path: '^src/catalog/model/' },
      to: {
        path: '^src/',
        pathNot: ['^src/catalog/model/', '^src/(domain|json)/', '^src/endpoints/[^/]+/[^/]+[.-]row\\.ts$'],
      },
    },
    {
      name: 'images-to-catalog-only-lookup-model',
      comment: 'Merged answers find images through the lookup, and know neither the index nor the sync.',
      severity: 'error',
      from: { path: '^src/images/' },
      to: { path: '^src/catalog/', pathNot: '^src/catalog/(lookup/|model/|catalog\\.module\\.ts$)' },
    },

    // Who may use which package.
    {
      name: 'axios-only-in-hss',
      comment: 'src/hss is the only way out.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/hss/' },
      to: { path: npm('axios') },
    },
    {
      name: 'ioredis-only-in-redis',
      comment: 'Cluster, Sentinel, time allowances and failures are settled once, in src/redis.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/redis/' },
      to: { path: npm('ioredis') },
    },
    {
      name: 'metrics-only-from-setup',
      comment: 'Metrics read the rooms. No room knows that it is read, so counting costs no library.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(metrics/|app\\.setup\\.ts$)' },
      to: { path: '^src/metrics/' },
    },
    {
      name: 'prom-client-only-in-metrics',
      comment: 'The work counts in plain numbers (src/telemetry/tally.ts).',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/metrics/' },
      to: { path: npm('prom-client') },
    },
    {
      name: 'opentelemetry-only-in-telemetry',
      comment: 'What a span may hold is settled once, in src/telemetry/tracing.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/' },
      to: { path: npm('@opentelemetry/[^/]+') },
    },
    {
      name: 'validators-only-at-the-door',
      comment: 'What consumers send is checked where it comes in.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(http|endpoints|images|catalog|admin)/' },
      to: { path: npm('class-validator', 'class-transformer') },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // An `import type` ties two rooms together as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
