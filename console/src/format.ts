/** Numbers, sizes and times as people read them, in the language of the page. Pure. */

export type Language = 'en' | 'zh';

const locales: Record<Language, string> = { en: 'en-US', zh: 'zh-CN' };
/** American English puts the month first, which half of the world reads as the day. */
const dateLocales: Record<Language, string> = { ...locales, en: 'en-GB' };
const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** Making a formatter costs more than a thousand uses of it. */
const made = new Map<string, unknown>();
function once<Formatter>(key: string, make: () => Formatter): Formatter {
  let formatter = made.get(key) as Formatter | undefined;
  if (formatter === undefined) made.set(key, (formatter = make()));
  return formatter;
}

function unitFormat(unit: string, maximumFractionDigits: number, language: Language): Intl.NumberFormat {
  return once(
    `${unit} ${maximumFractionDigits} ${language}`,
    () =>
      new Intl.NumberFormat(locales[language], {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits,
      }),
  );
}

export function formatNumber(value: number | string | null, language: Language): string {
  return value === null
    ? '–'
    : once(`number ${language}`, () => new Intl.NumberFormat(locales[language])).format(BigInt(value));
}

/** @param bytes an int64 can come as digits. */
export function formatBytes(bytes: number | string | null, language: Language): string {
  if (bytes === null) return '–';
  let [size, unit] = [Number(bytes), 0];
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  return unitFormat(units[unit] ?? 'byte', unit === 0 || size >= 100 ? 0 : 1, language).format(size);
}

/** In the zone of the viewer. */
export function formatTime(time: string | number, language: Language): string {
  const formatter = once(
    `time ${language}`,
    () => new Intl.DateTimeFormat(dateLocales[language], { dateStyle: 'medium', timeStyle: 'medium' }),
  );
  return formatter.format(new Date(time));
}

/** What a tooltip shows beside a time in the viewer's zone. */
export function formatUtc(time: string | number): string {
  return `${new Date(time).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}

const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `2 hours ago`, `in 12 seconds`, in the largest unit that fits. */
export function formatAge(time: string | number, now: number, language: Language): string {
  const distance = new Date(time).getTime() - now;
  const [unit, ms] = steps.find(([, each]) => Math.abs(distance) >= each) ?? ['second', 1_000];
  const formatter = once(
    `age ${language}`,
    () => new Intl.RelativeTimeFormat(locales[language], { numeric: 'always' }),
  );
  return formatter.format(Math.trunc(distance / ms), unit);
}

/** A duration such as a wait: `850 ms`, `12 s`, `3 min`. */
export function formatDuration(ms: number, language: Language): string {
  const [value, unit] =
    ms < 1_000
      ? [ms, 'millisecond']
      : ms < 120_000
        ? [ms / 1_000, 'second']
        : ms < 7_200_000
          ? [ms / 60_000, 'minute']
          : [ms / 3_600_000, 'hour'];
  return unitFormat(unit, 0, language).format(value);
}
