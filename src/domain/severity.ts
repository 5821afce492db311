/** The known severities, from the mildest to the worst. HSS can add words: an answer passes them through. */
export const severities = ['none', 'low', 'medium', 'high'] as const;

/**
 * Orders severities. Null (not assessed) is -1. A word that HSS has added is worse than all known ones: the service
 * cannot know how bad a new word is, and an image that is worse than it looks must not hide.
 */
export function severityRank(severity: string | null): number {
  if (severity === null) return -1;
  const rank = severities.findIndex((known) => known === severity) + 1;
  return rank === 0 ? severities.length + 1 : rank;
}
