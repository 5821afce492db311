/** The DTO of `POST /v1/admin/cache/purge`, with its checks. */
import {
  Equals,
  IsBoolean,
  IsOptional,
  IsString,
  Length,
  Matches,
  Validate,
  ValidatorConstraint,
} from 'class-validator';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';

@ValidatorConstraint({ name: 'exactlyOne' })
class ExactlyOne implements ValidatorConstraintInterface {
  validate(_value: unknown, { object }: ValidationArguments): boolean {
    const { key, tag, project, all } = object as PurgeRequest;
    return [key, tag, project, all].filter((value) => value !== undefined).length === 1;
  }

  defaultMessage(): string {
    return 'exactly one of key, tag, project and all must be given';
  }
}

/** The body of a purge: `{"key"}`, `{"tag"}`, `{"project"}` or `{"all": true}`, with `"dryRun": true` or without. */
export class PurgeRequest {
  @IsOptional()
  @IsString()
  @Length(1, 4_096)
  key?: string;

  /** `list:KIND`, `image:DIGEST` or `project:ID`. */
  @IsOptional()
  @IsString()
  @Matches(
    /^(list:(registry-images|local-images|image-files|base-images)|image:\S{1,256}|project:\S{1,256})$/,
    {
      message: 'tag must be list:KIND, image:DIGEST or project:ID',
    },
  )
  tag?: string;

  @IsOptional()
  @IsString()
  @Length(1, 256)
  project?: string;

  @IsOptional()
  @Equals(true)
  all?: boolean;

  /** Says what the purge would void, and purges nothing. */
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;

  @Validate(ExactlyOne)
  readonly exactlyOne?: undefined;
}
