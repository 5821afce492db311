import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Problem, type FieldError } from './problem.js';

/** In characters of the queries. */
const mostRemembered = 1_000_000;

/**
 * Checks queries and bodies against their DTOs: what a DTO does not name is refused, and every field is reported. A
 * query that was found right is not checked again.
 */
export class StrictValidationPipe extends ValidationPipe {
  readonly #checked = new LRUCache<string, object>({ maxSize: mostRemembered });
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
    // `__proto__` and `constructor` are deleted by Nest, before anything can refuse them.
    const names = Object.keys(value as object);
    const checked = (await super.transform(value, metadata)) as object;
    const lost = names.filter((name) => !Object.hasOwn(checked, name));
    if (lost.length > 0) throw invalid(...lost.map((field) => ({ field, message: notAParameter })));
    this.#checked.set(key, Object.freeze(checked), { size: key.length });
    return checked;
  }

  /** Two DTOs may have one name. */
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

/** Names only: what was given stays with whoever sent it. */
function summary(errors: readonly FieldError[]): string {
  return `Invalid: ${errors.map(({ field }) => field).join(', ')}`;
}
