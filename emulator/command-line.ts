/** The emulator's flags: reads and checks the command line and makes the emulator's options. Used by main.ts. */
import { parseArgs } from 'node:util';
import type { EmulatorOptions, Latency } from './options.js';
import type { Rate } from './traffic/throttle.js';

const defaultPort = 8181;

export const usageText = `HSS emulator: a local stand-in for Huawei Cloud's HSS image APIs and IAM.

  npm run emulator -- [flags]        PORT=8181 (0: a free port)

  --port N                   instead of PORT
  --host ADDRESS             default 127.0.0.1
  --region NAME              default cn-north-4
  --project-id ID
  --registry-images N        rows of the registry list, default 450
  --local-images N           rows of the local list, default 320
  --local-listing MODE       per-host (default) or per-image: what one local row stands for
  --seed N                   other rows; the same seed always gives the same ones
  --rate L/W                 calls per user and API, default 5/60s; off
  --total-rate L/W           calls per API, default 600/60s; off
  --rate-kind KIND           sliding (default) or fixed windows
  --rate-phase MS            where fixed windows begin, default 0
  --count-rejected           refused calls use up a sliding window too
  --latency MS | MIN-MAX     before every answer, default 0
  --strict-region            the files API demands the region header, as HSS's older documents say
  --require-enterprise-project   refuse calls without enterprise_project_id
  --variant-content MODE     own (default), empty or missing (HSS.0011): files and base OS of variants
  --no-asset-statistics      the region does not publish ShowImageAssetStatistics (404 APIGW.0101)
  --retag-keeps-update-time  a moved tag leaves the update time of its row
  --containers-keep-update-time   a container that starts or ends leaves the update time of its row
  --int64-file-sizes         some files are larger than official SDKs can read
  --token-life MS            default 86400000 (24 h)
  --token-length N           characters, default 1800
  --lock-after N             failures in a row that lock a key or an account, default 5
  --help

While it runs, it is controlled under /__emulator/ (GET info, journal, faults; POST faults, clock, throttle,
latency, data, tokens/revoke, keys/rotate; DELETE journal, faults), from this machine only.
`;

export class BadCommandLine extends Error {
  override readonly name = 'BadCommandLine';
}

/** @returns undefined if the user asked for help. */
export function optionsFrom(args: readonly string[], env: NodeJS.ProcessEnv): EmulatorOptions | undefined {
  const flags = parse(args);
  if (flags.help === true) return undefined;
  const kind = oneOf('--rate-kind', flags['rate-kind'], ['sliding', 'fixed']);
  const phaseMs = integer('--rate-phase', flags['rate-phase'], 0);
  const policy = {
    ...(kind && { kind }),
    ...(phaseMs !== undefined && { phaseMs }),
    ...(flags['count-rejected'] && { countRejected: true }),
  };
  const rate = rateFrom('--rate', flags.rate ?? '5/60s');
  const portSource = flags.port === undefined ? 'PORT' : '--port';
  const port = integer(portSource, flags.port ?? (env['PORT'] || undefined), 0, 65_535) ?? defaultPort;
  return withoutUndefined({
    port,
    host: flags.host,
    region: flags.region,
    projectId: flags['project-id'],
    registryImages: integer('--registry-images', flags['registry-images'], 0),
    localImages: integer('--local-images', flags['local-images'], 0),
    localListing: oneOf('--local-listing', flags['local-listing'], ['per-host', 'per-image']),
    seed: integer('--seed', flags.seed, 0),
    rate: rate === 'off' ? rate : { ...rate, ...policy },
    totalRate: flags['total-rate'] === undefined ? undefined : rateFrom('--total-rate', flags['total-rate']),
    latencyMs: flags.latency === undefined ? undefined : latencyFrom(flags.latency),
    strictRegionHeader: flags['strict-region'] === true,
    requireEnterpriseProject: flags['require-enterprise-project'],
    variantContent: oneOf('--variant-content', flags['variant-content'], ['own', 'empty', 'missing']),
    assetStatistics: flags['no-asset-statistics'] === true ? false : undefined,
    retagKeepsUpdateTime: flags['retag-keeps-update-time'],
    containersKeepUpdateTime: flags['containers-keep-update-time'],
    int64FileSizes: flags['int64-file-sizes'],
    tokenLifeMs: integer('--token-life', flags['token-life'], 1),
    tokenLength: integer('--token-length', flags['token-length'], 32, 32_768),
    lockAfterFailures: integer('--lock-after', flags['lock-after'], 1),
  });
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    return parseArgs({
      args: [...args],
      options: {
        port: text,
        host: text,
        region: text,
        'project-id': text,
        'registry-images': text,
        'local-images': text,
        'local-listing': text,
        seed: text,
        rate: text,
        'total-rate': text,
        'rate-kind': text,
        'rate-phase': text,
        'count-rejected': flag,
        latency: text,
        'strict-region': flag,
        // The default now: command lines written for an earlier version keep working.
        'no-strict-region': flag,
        'require-enterprise-project': flag,
        'variant-content': text,
        'no-asset-statistics': flag,
        'retag-keeps-update-time': flag,
        'containers-keep-update-time': flag,
        'int64-file-sizes': flag,
        'token-life': text,
        'token-length': text,
        'lock-after': text,
        help: { ...flag, short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BadCommandLine(error instanceof Error ? error.message : String(error));
  }
}

function integer(name: string, text: string | undefined, min: number, max = Number.MAX_SAFE_INTEGER) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
    throw new BadCommandLine(`${name} must be an integer ${range}, not '${text}'`);
  }
  return value;
}

function oneOf<Word extends string>(name: string, text: string | undefined, words: readonly Word[]) {
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw new BadCommandLine(`${name} must be ${words.join(' or ')}, not '${text}'`);
  return word;
}

function rateFrom(name: string, text: string): Rate {
  if (text === 'off') return 'off';
  const match = /^([1-9]\d*)\/([1-9]\d*)(ms|s|m)$/.exec(text);
  if (match === null) throw new BadCommandLine(`${name} must be like 5/60s, or off, not '${text}'`);
  const unitMs = { ms: 1, s: 1000, m: 60_000 }[match[3] as 'ms' | 's' | 'm'];
  return { limit: Number(match[1]), windowMs: Number(match[2]) * unitMs };
}

function latencyFrom(text: string): Latency {
  const [, min, max] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (min === undefined || Number(max ?? min) < Number(min)) {
    throw new BadCommandLine(`--latency must be like 100 or 50-200 (ms), not '${text}'`);
  }
  return max === undefined ? Number(min) : [Number(min), Number(max)];
}

/** Drops undefined options, so that the emulator's own defaults apply. */
function withoutUndefined<T extends object>(options: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
