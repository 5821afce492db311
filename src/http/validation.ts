import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Problem, type FieldError } from './problem.js';

/** The largest total length of the remembered queries, in characters. */
const mostRememberedChars = 1_000_000;

/**
 * Checks queries and bodies against their DTOs. Refuses every field that the DTO does not name, and reports all faulty
 * fields at once. Remembers queries that passed, and does not check the same query again.
 */
export class StrictValidationPipe extends ValidationPipe {
  readonly #checked = new LRUCache<string, object>({ maxSize: mostRememberedChars });
  readonly #numbers = new Map<unknown, number>();

  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => invalid(...fieldErrors(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (metadata.type !== 'query' || !metatype || metatype === Object)
      return super.transform(value, metadata);
    const key = `${this.#numberOf(metatype)} ${JSON.stringify(value)}`;
    const remembered = this.#checked.get(key);
    if (remembered) return remembered;
    // Nest deletes `__proto__` and `constructor` silently. Comparing the names before and after finds these fields.
    const names = Object.keys(value as object);
    const checked = (await super.transform(value, metadata)) as object;
    const lost = names.filter((name) => !Object.hasOwn(checked, name));
    if (lost.length > 0) throw invalid(...lost.map((field) => ({ field, message: notAParameter })));
    this.#checked.set(key, Object.freeze(checked), { size: key.length });
    return checked;
  }

  /** Numbers the DTO classes, because two DTO classes may have the same name. */
  #numberOf(metatype: unknown): number {
    const number = this.#numbers.get(metatype) ?? this.#numbers.size;
    this.#numbers.set(metatype, number);
    return number;
  }
}

const notAParameter = 'is not a parameter here';

export function invalid(...errors: FieldError[]): Problem {
  return new Problem('invalid-request', summary(errors), { errors });
}

function fieldErrors(errors: ValidationError[]): FieldError[] {
  return errors.map(({ property, constraints = {} }) => ({
    field: property,
    message: 'whitelistValidation' in constraints ? notAParameter : Object.values(constraints).join('; '),
  }));
}

/** Lists only the names of the fields; the values stay with the consumer. */
function summary(errors: readonly FieldError[]): string {
  return `Invalid: ${errors.map(({ field }) => field).join(', ')}`;
}
