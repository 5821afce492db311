/** The DTO of `POST /v1/admin/cache/purge`, with its checks. */
import { Equals, IsBoolean, IsString, Length, Matches } from 'class-validator';
import { OptionalField, invalid } from '../http/validation.js';

/** The body of a purge: `{"key"}`, `{"tag"}`, `{"project"}` or `{"all": true}`, with `"dryRun": true` or without. */
export class PurgeRequest {
  @OptionalField()
  @IsString()
  @Length(1, 4_096)
  key?: string;

  /** `list:KIND`, `image:DIGEST` or `project:ID`. */
  @OptionalField()
  @IsString()
  @Matches(
    /^(list:(registry-images|local-images|image-files|base-images)|image:\S{1,256}|project:\S{1,256})$/,
    {
      message: 'tag must be list:KIND, image:DIGEST or project:ID',
    },
  )
  tag?: string;

  @OptionalField()
  @IsString()
  @Length(1, 256)
  project?: string;

  @OptionalField()
  @Equals(true)
  all?: boolean;

  /** Says what the purge would void, and purges nothing. */
  @OptionalField()
  @IsBoolean()
  dryRun?: boolean;
}

/** @throws Problem `invalid-request` unless the request has exactly one target. */
export function checkTarget({ key, tag, project, all }: PurgeRequest): void {
  if ([key, tag, project, all].filter((target) => target !== undefined).length !== 1)
    throw invalid({ field: 'body', message: 'must have exactly one of key, tag, project and all' });
}
