import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { Problem, type FieldError } from './problem.js';

/** Checks queries and bodies against their DTOs: what a DTO does not name is refused, and every field is reported. */
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => invalid(...fieldErrors(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'query' || metadata.metatype === Object) return super.transform(value, metadata);
    // `__proto__` and `constructor` are deleted by Nest, before anything can refuse them.
    const names = Object.keys(value as object);
    const checked: unknown = await super.transform(value, metadata);
    const lost = names.filter((name) => !Object.hasOwn(checked as object, name));
    if (lost.length > 0) throw invalid(...lost.map((field) => ({ field, message: notAParameter })));
    return checked;
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
