/** The known severities, from the mildest to the worst. HSS can add words: an answer passes them through. */
export const severities = ['none', 'low', 'medium', 'high'] as const;

/**
 * Orders severities. Null (not assessed) is -1. A word that HSS may add is 0, below all known ones: the service
 * cannot know how bad a new word is.
 */
export function severityRank(severity: string | null): number {
  return severity === null ? -1 : severities.findIndex((known) => known === severity) + 1;
}
