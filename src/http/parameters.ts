/**
 * The kinds of query parameters. One decorator holds a parameter's check, its error message and its entry in the
 * OpenAPI document. Used by all DTOs of queries. A DTO holds the consumer's text, checked; a service translates the
 * text into HSS's words. Every kind refuses empty and repeated parameters: no parameter means anything when empty, and
 * choosing one of two values would be a guess.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, ValidateBy } from 'class-validator';
import { timeHint, timeToMs } from './time.js';

interface Kind {
  /** The allowed values, as the end of the sentence "must be …". */
  allowed: string;
  accepts: (value: string) => boolean;
  /** Says more about a value that is not accepted, for mistakes that people often make. */
  hint?: (value: string) => string | undefined;
  schema: { type: 'string' | 'integer' | 'boolean' | 'array'; [detail: string]: unknown };
}

function Parameter(
  description: string,
  { allowed, accepts, hint, schema }: Kind,
  required = false,
): PropertyDecorator {
  return applyDecorators(
    ...(required ? [] : [IsOptional()]),
    ValidateBy({
      name: 'parameter',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && value !== '' && accepts(value),
        defaultMessage: (args) => complaint(args?.value, allowed, hint),
      },
    }),
    ApiProperty({ required, description, ...schema }),
  );
}

function complaint(value: unknown, allowed: string, hint: Kind['hint']): string {
  if (value === undefined) return `is required; it must be ${allowed}`;
  if (Array.isArray(value)) return 'must be given once';
  if (value === '') return `must not be empty; it must be ${allowed}`;
  const more = typeof value === 'string' ? hint?.(value) : undefined;
  return more === undefined ? `must be ${allowed}` : `must be ${allowed}. ${more}`;
}

/**
 * Characters that no name, tag or id contains: control characters, which could forge lines in a log, and halves of
 * surrogate pairs, which no URL can carry.
 */
const unprintable = /[\u0000-\u001f\u007f\p{Cs}]/u;

export function hasUnprintable(value: string): boolean {
  return unprintable.test(value);
}

/** Text of 1 to `maxLength` characters. */
export function TextParameter(maxLength: number, description: string): PropertyDecorator {
  return Parameter(description, textUpTo(maxLength));
}

/** Required text of 1 to `maxLength` characters. */
export function RequiredTextParameter(maxLength: number, description: string): PropertyDecorator {
  return Parameter(description, textUpTo(maxLength), true);
}

function textUpTo(maxLength: number): Kind {
  return {
    allowed: `1 to ${maxLength} characters, none of them a control character`,
    // The limit counts characters, not UTF-16 units.
    accepts: (value) =>
      (value.length <= maxLength || Array.from(value).length <= maxLength) && !hasUnprintable(value),
    schema: { type: 'string', minLength: 1, maxLength },
  };
}

/** `true` or `false`. A missing parameter is a third value that differs from both. */
export function BooleanParameter(description: string): PropertyDecorator {
  return Parameter(description, {
    allowed: 'true or false',
    accepts: (value) => value === 'true' || value === 'false',
    schema: { type: 'boolean' },
  });
}

export function IntegerParameter(
  range: { min: number; max: number; default?: number },
  description: string,
): PropertyDecorator {
  const { min, max } = range;
  return Parameter(description, {
    allowed: `a whole number from ${min} to ${max}`,
    // Each number has only one accepted spelling, because the cache keeps one answer for each spelling.
    accepts: (value) => /^(0|[1-9]\d{0,9})$/.test(value) && Number(value) >= min && Number(value) <= max,
    schema: {
      type: 'integer',
      minimum: min,
      maximum: max,
      ...(range.default === undefined ? {} : { default: range.default }),
    },
  });
}

const largestInt64 = 9_223_372_036_854_775_807n;

/** A whole number that only HSS reads, up to the largest int64. */
export function Int64Parameter(description: string): PropertyDecorator {
  return Parameter(description, {
    allowed: `a whole number from 0 to ${largestInt64}`,
    accepts: (value) => /^(0|[1-9]\d{0,18})$/.test(value) && BigInt(value) <= largestInt64,
    // A JSON number cannot tell the maximum with every digit: the format does.
    schema: { type: 'integer', format: 'int64', minimum: 0 },
  });
}

export function WordParameter(words: readonly string[], description: string): PropertyDecorator {
  return Parameter(description, {
    allowed: `one of ${words.join(', ')}`,
    accepts: (value) => words.includes(value),
    schema: { type: 'string', enum: [...words] },
  });
}

/** Several different words, separated by commas. */
export function WordsParameter(
  words: readonly string[],
  fallback: string | undefined,
  description: string,
): PropertyDecorator {
  return Parameter(description, {
    allowed: `one or more of ${words.join(', ')}, separated by commas, each once`,
    accepts: (value) => {
      const given = value.split(',');
      return given.every((word) => words.includes(word)) && new Set(given).size === given.length;
    },
    schema: {
      type: 'array',
      items: { type: 'string', enum: [...words] },
      uniqueItems: true,
      ...(fallback === undefined ? {} : { default: fallback.split(',') }),
    },
  });
}

const longestWord = 64;

/** The known words of an open set, in the form that tools know beside `enum`, which is closed. */
function extensible(words: readonly string[]): { 'x-extensible-enum': string[] } {
  return { 'x-extensible-enum': [...words] };
}

/** A word of an open set: `words`, or another word that the handler of the request checks. */
export function OpenWordParameter(words: readonly string[], description: string): PropertyDecorator {
  const allowed = `${words.join(', ')}, or a new word of HSS`;
  return Parameter(description, {
    allowed,
    accepts: (value) => value.length <= longestWord && !hasUnprintable(value),
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: longestWord,
      ...extensible(words),
      description: `${description}: ${allowed}`,
    },
  });
}

/** RFC 3339 or milliseconds since 1970. */
export function TimeParameter(description: string): PropertyDecorator {
  return Parameter(`${description}, such as 2026-01-31T12:00:00Z, or milliseconds since 1970`, {
    allowed: 'a time as RFC 3339 (2026-01-31T12:00:00Z) or as milliseconds since 1970',
    accepts: (value) => timeToMs(value) !== undefined,
    hint: timeHint,
    schema: { type: 'string', minLength: 1 },
  });
}

/** A time, or a value from an earlier answer. */
export function TimeOrMarkParameter(description: string): PropertyDecorator {
  return Parameter(description, {
    allowed: 'a value from an earlier answer, or a time as RFC 3339 or as milliseconds since 1970',
    accepts: (value) => isOpaque(value) && timeHint(value) === undefined,
    hint: timeHint,
    schema: { type: 'string', pattern: opaque.source },
  });
}

/**
 * Text in a form of its own, up to `maxLength` characters. `words` are the known words of the form, for the document:
 * `accepts` may take others.
 */
export function FormParameter(
  form: {
    allowed: string;
    accepts: (value: string) => boolean;
    maxLength: number;
    words?: readonly string[] | undefined;
  },
  description: string,
): PropertyDecorator {
  const { allowed, accepts, maxLength, words } = form;
  const { accepts: isText } = textUpTo(maxLength);
  return Parameter(description, {
    allowed,
    accepts: (value) => isText(value) && accepts(value),
    schema: { type: 'string', minLength: 1, maxLength, ...(words ? extensible(words) : {}) },
  });
}

/** The enterprise project that a request asks for. */
export function EnterpriseProjectParameter(): PropertyDecorator {
  return FormParameter(
    {
      allowed: '0, all_granted_eps or an id of 1 to 64 letters, digits, - and _',
      accepts: (value) => /^[A-Za-z0-9_-]+$/.test(value),
      maxLength: 64,
    },
    'Enterprise project: an id, 0 for the default project, all_granted_eps for all',
  );
}

/** A value from an earlier answer, such as a cursor. Only the form is checked here; the reader checks the rest. */
export function OpaqueParameter(description: string): PropertyDecorator {
  return Parameter(description, {
    allowed: 'a value from an earlier answer',
    accepts: isOpaque,
    schema: { type: 'string', pattern: opaque.source },
  });
}

const opaque = /^[A-Za-z0-9_.:+-]{1,1024}$/;

function isOpaque(value: string): boolean {
  return opaque.test(value);
}

const walkMark = /^[0-9a-z]{1,11}$/;

/** The mark of a walk through pages, as `next` carries the mark. */
export function MarkParameter(): PropertyDecorator {
  return Parameter('Part of the link `next`: stored answers from this time on are accepted for this walk', {
    allowed: 'the value in `next`',
    accepts: (value) => walkMark.test(value),
    schema: { type: 'string', pattern: walkMark.source },
  });
}
