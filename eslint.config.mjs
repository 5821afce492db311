import tseslint from 'typescript-eslint';

// Four rules of this house, each with the files that are its reason to exist. What they stop cannot be
// seen from outside a file: a setting that is read behind the configuration's back, time that a test
// cannot move, a line that bypasses the log. test/architecture/lint.test.ts shows each turn red.
const ENVIRONMENT = {
  properties: [
    {
      object: 'process',
      property: 'env',
      message: 'Only src/config reads the environment: take the setting from Config.',
    },
  ],
  imports: ['node:process', 'process'].map((name) => ({
    name,
    importNames: ['env'],
    message: 'Only src/config reads the environment: take the setting from Config.',
  })),
};
const useTheClock = 'Time comes from the injected Clock (src/time/clock.ts), so that a test can move it.';
const TIME = {
  properties: [
    ['Date', 'now'],
    ['performance', 'now'],
    ['process', 'hrtime'],
    ['globalThis', 'setTimeout'],
    ['globalThis', 'setInterval'],
  ].map(([object, property]) => ({ object, property, message: useTheClock })),
  globals: ['setTimeout', 'setInterval'].map((name) => ({ name, message: useTheClock })),
  imports: [
    'node:timers',
    'node:timers/promises',
    'node:perf_hooks',
    'timers',
    'timers/promises',
    'perf_hooks',
  ].map((name) => ({ name, message: useTheClock })),
  syntax: [{ selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: useTheClock }],
};

const useUntil =
  'What must happen is waited for with until, and real time passes with aWhile (test/support/until.ts).';
/** What makes a test fail by luck: a slow machine, or a draw. */
const LUCK = {
  globals: [{ name: 'setTimeout', message: useUntil }],
  properties: [{ object: 'globalThis', property: 'setTimeout', message: useUntil }],
  imports: [
    ...['node:timers', 'node:timers/promises', 'timers', 'timers/promises'].map((name) => ({
      name,
      importNames: ['setTimeout'],
      message: useUntil,
    })),
    { name: 'fast-check', message: 'test/support/fast-check.ts draws the same values in each run.' },
  ],
  syntax: [
    {
      selector: 'CallExpression[callee.name="once"][arguments.1.value="data"]',
      message: 'One chunk may be a part of what was sent: collect the chunks, and wait with until.',
    },
    {
      selector:
        'CallExpression[callee.property.name=/^toBeLess/] CallExpression[callee.property.name="now"][callee.object.name=/^(Date|performance)$/]',
      message: 'How long anything takes is up to the machine: count calls, or give the service a clock.',
    },
  ],
};

/** A later block replaces a rule's options as a whole, so each one is composed in full. */
function houseRules({ environment, time, console }) {
  const forbidden = [...(environment ? [] : [ENVIRONMENT]), ...(time ? [] : [TIME])];
  const rule = (part) => {
    const options = forbidden.flatMap((group) => group[part] ?? []);
    return options.length > 0 ? ['error', ...options] : 'off';
  };
  const paths = forbidden.flatMap((group) => group.imports);
  return {
    'no-console': console ? 'off' : 'error',
    'no-restricted-globals': rule('globals'),
    'no-restricted-imports': paths.length > 0 ? ['error', { paths }] : 'off',
    'no-restricted-properties': rule('properties'),
    'no-restricted-syntax': rule('syntax'),
  };
}

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '.dist-*',
      'node_modules',
      'coverage',
      'console/built',
      '**/*.mjs',
      '**/*.cjs',
      'clients/typescript/src/schema.ts',
      'clients/typescript/src/operations.ts',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './console/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // Nest modules are classes without members.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // DTOs are classes only because class-validator wants them to be: they are plain data, used as shapes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  { files: ['src/**', 'emulator/**'], rules: houseRules({}) },
  { files: ['src/config/**'], rules: houseRules({ environment: true }) },
  { files: ['src/time/clock.ts'], rules: houseRules({ time: true }) },
  // The emulator is a program of its own, with its own clock helper and its own few settings.
  { files: ['emulator/**'], rules: houseRules({ time: true }) },
  { files: ['src/demo.ts'], rules: houseRules({ time: true, console: true }) },
  {
    files: ['src/main.ts', 'src/service.ts', 'src/consumer.ts', 'src/health-check.ts', 'emulator/main.ts'],
    rules: houseRules({ environment: true, time: true, console: true }),
  },
  {
    // Tests read parsed JSON and know what they put in: a wrong guess fails the test by itself.
    files: ['test/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['architecture', 'e2e', 'integration', 'unit'].map((room) => `test/${room}/**`),
    rules: {
      'no-restricted-globals': ['error', ...LUCK.globals],
      'no-restricted-imports': ['error', { paths: LUCK.imports }],
      'no-restricted-properties': ['error', ...LUCK.properties],
      'no-restricted-syntax': ['error', ...LUCK.syntax],
    },
  },
);
