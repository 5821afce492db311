import { UpstreamError, type UpstreamAnswer, type UpstreamCode } from './errors.js';

/**
 * Writes a failure of HSS as text for other instances: our own message and the status and codes of HSS, no
 * secrets.
 */
export const failureCodec = {
  /** @returns null if the error is not a failure of HSS: a refusal by this service concerns only this instance. */
  write(error: unknown): string | null {
    if (!(error instanceof UpstreamError)) return null;
    const { code, message, upstream, retryAt } = error;
    return JSON.stringify({ code, message, upstream, retryAt });
  },

  /** @returns null if the text is not a failure: damaged, or written by another version. */
  read(text: string): UpstreamError | null {
    try {
      const { code, message, upstream, retryAt } = JSON.parse(text) as {
        code: UpstreamCode;
        message: string;
        upstream: UpstreamAnswer | null;
        retryAt: number | null;
      };
      if (typeof code !== 'string' || typeof message !== 'string') return null;
      return new UpstreamError(code, message, upstream, retryAt);
    } catch {
      return null;
    }
  },
};
