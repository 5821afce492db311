import { hasFields, isCount, isOneOf, isText, isTime, orMissing, orNull } from '../json/checks.js';
import { UpstreamError, upstreamCodes, type UpstreamAnswer, type UpstreamCode } from './errors.js';

interface SharedFailure {
  code: UpstreamCode;
  message: string;
  upstream: UpstreamAnswer | null;
  retryAt: number | null;
}

const isFailure = hasFields({
  code: isOneOf(...upstreamCodes),
  message: isText,
  upstream: orMissing(
    orNull(hasFields({ status: isCount, code: orNull(isText), requestId: orNull(isText) })),
  ),
  retryAt: orMissing(orNull(isTime)),
});

/**
 * Writes a failure of HSS as text for other instances: our own message and the status and codes of HSS, no
 * secrets.
 */
export const failureCodec = {
  /** @returns null if the error is not a failure of HSS: a refusal by this service concerns only this instance. */
  write(error: unknown): string | null {
    if (!(error instanceof UpstreamError)) return null;
    const { code, message, upstream, retryAt } = error;
    return JSON.stringify({ code, message, upstream, retryAt } satisfies SharedFailure);
  },

  /** @returns null if the text is not a failure: damaged, or written by another version. */
  read(text: string): UpstreamError | null {
    try {
      const found = JSON.parse(text) as SharedFailure;
      if (!isFailure(found)) return null;
      const { code, message, upstream, retryAt } = found;
      return new UpstreamError(code, message, upstream, retryAt);
    } catch {
      return null;
    }
  },
};
