import { UpstreamError, type UpstreamAnswer, type UpstreamCode } from './errors.js';

/** A failure of HSS as text, for other instances: our own words and what HSS answered, nothing secret. */
export const failureCodec = {
  /** @returns null for what was no failure of HSS: our own refusals are nobody else's. */
  write(error: unknown): string | null {
    if (!(error instanceof UpstreamError)) return null;
    const { code, message, upstream, retryAt } = error;
    return JSON.stringify({ code, message, upstream, retryAt });
  },

  /** @returns null for what is no failure: damaged, or of another version. */
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
