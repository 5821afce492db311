import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { instanceToPlain, plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate, ValidateIf } from 'class-validator';
import { LRUCache } from 'lru-cache';
import { isObject } from '../json/checks.js';
import { Problem, type FieldError } from './problem.js';

/** A field of a body that may be missing. Null is a value and is checked: a null that counted as missing could purge. */
export function OptionalField(): PropertyDecorator {
  return ValidateIf((_body, value) => value !== undefined);
}

/** Nest also asks for the metadata, which its type does not name. */
const classValidator = { validate, getMetadataStorage };

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
      // Nest would load both packages a second time, from node_modules.
      validatorPackage: classValidator,
      transformerPackage: { plainToInstance, classToPlain: instanceToPlain },
      exceptionFactory: (errors) => invalid(...fieldErrors(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    if (!metatype || metatype === Object) return super.transform(value, metadata);
    if (metadata.type === 'body') return this.#body(value, metadata);
    if (metadata.type !== 'query') return super.transform(value, metadata);
    const key = `${this.#numberOf(metatype)} ${JSON.stringify(value)}`;
    const remembered = this.#checked.get(key);
    if (remembered) return remembered;
    const checked = await this.#known(value as object, metadata);
    this.#checked.set(key, Object.freeze(checked), { size: key.length });
    return checked;
  }

  async #body(value: unknown, metadata: ArgumentMetadata): Promise<object> {
    if (!isObject(value)) throw invalid({ field: 'body', message: 'must be a JSON object' });
    return this.#known(value, metadata);
  }

  /** Nest deletes `__proto__` and `constructor` silently. Comparing the names before and after finds these fields. */
  async #known(value: object, metadata: ArgumentMetadata): Promise<object> {
    const names = Object.keys(value);
    const checked = await this.#transformed(value, metadata);
    const lost = names.filter((name) => !Object.hasOwn(checked, name));
    if (lost.length > 0) throw invalid(...lost.map((field) => ({ field, message: notAParameter })));
    return checked;
  }

  /** class-transformer and class-validator follow the input, so what else they throw is the input's fault. */
  async #transformed(value: object, metadata: ArgumentMetadata): Promise<object> {
    try {
      return (await super.transform(value, metadata)) as object;
    } catch (error) {
      throw error instanceof Problem ? error : invalid({ field: metadata.type, message: 'cannot be read' });
    }
  }

  /** Numbers the DTO classes, because two DTO classes may have the same name. */
  #numberOf(metatype: unknown): number {
    const number = this.#numbers.get(metatype) ?? this.#numbers.size;
    this.#numbers.set(metatype, number);
    return number;
  }
}

const notAParameter = 'is not a parameter here';

/** A request can name a thousand fields, each as long as its body. An answer must not grow with them. */
const mostErrors = 50;
const longestName = 128;

export function invalid(...given: FieldError[]): Problem {
  const errors = given
    .slice(0, mostErrors)
    .map(({ field, message }) => ({ field: shortened(field), message }));
  return new Problem('invalid-request', summary(errors), { errors });
}

function shortened(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}

function fieldErrors(errors: ValidationError[]): FieldError[] {
  return errors.map(({ property, constraints = {} }) => ({
    field: property,
    message: 'whitelistValidation' in constraints ? notAParameter : Object.values(constraints).join('; '),
  }));
}

/** Lists only the names of the fields; the values stay with the consumer. */
function summary(errors: readonly FieldError[]): string {
  return `Invalid: ${errors.map(({ field }) => field || 'a parameter without a name').join(', ')}`;
}
