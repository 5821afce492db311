// Which room may import from which: `npm run imports`, and test/architecture/imports.test.ts plants a
// fault for every rule here. A new room is free to import and be imported until it is named below.

const ENDPOINTS = '^src/endpoints/';
/** Shared by the endpoints, so they may all import it. */
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

/** A room that imports from no room but itself and these; from npm and Node whatever it likes. */
const only = (room, others, why) => ({
  name: others.length > 0 ? `${room}-only-to-${others.join('-')}` : `${room}-to-no-room`,
  comment: why,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...others].join('|')})/` },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import names nothing that exists.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-deprecated',
      comment: 'Its author has given the package up.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['deprecated'] },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'Only packages in "dependencies" are there in production; others would be found by luck.',
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

    // The emulator stands alone: it plays HSS, so it must not share one line with what it is to judge.
    {
      name: 'emulator-stands-alone',
      comment: 'The emulator runs on Node alone and shares no code with the service that it tests.',
      severity: 'error',
      from: { path: '^emulator/' },
      to: { pathNot: '^emulator/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'not-to-emulator',
      comment: 'The production image is built without it; the demo loads it at run time.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^emulator/' },
    },

    // The direction: http, images → catalog, endpoints → cache, hss → budget → redis → config, time.
    only('config', [], 'Everything reads the settings; they know nobody.'),
    only('time', [], 'Everything stands on the clock; it knows nobody.'),
    only('redis', ['config', 'telemetry', 'time'], 'A connection knows where it leads, not what for.'),
    only(
      'budget',
      ['redis', 'config', 'telemetry', 'time'],
      'Plain functions and classes that would work in any service.',
    ),
    {
      name: 'budget-plain',
      comment: 'No framework and no HTTP client: time, chance and Redis are handed in.',
      severity: 'error',
      from: { path: '^src/budget/' },
      to: { path: npm('@nestjs/[^/]+', 'axios') },
    },
    never(
      'cache',
      ['hss', 'endpoints', 'images', 'http', 'catalog'],
      'The cache knows keys and loads, not HSS.',
    ),
    never(
      'hss',
      ['cache', 'endpoints', 'images', 'http', 'catalog'],
      'The way out knows no caches, no routes.',
    ),
    {
      name: 'endpoint-not-to-endpoint',
      comment: 'One HSS endpoint, one room: what two of them share belongs to endpoints/lists.',
      severity: 'error',
      from: { path: ONE_ENDPOINT },
      to: { path: ENDPOINTS, pathNot: ['^src/endpoints/$1/', LISTS] },
    },
    never('endpoints', ['images', 'catalog'], 'They learn nothing of who merges or collects their answers.'),
    never('catalog', ['images'], 'Merged answers ask the catalog, never the other way round.'),

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
