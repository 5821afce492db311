import type { FindingCounts } from './finding-counts.js';
import { severityRank } from './severity.js';

/**
 * The rule for an image that several rows describe: the worst value of all rows counts, for each field by itself. The
 * catalog and the merged answers use this rule, so that a clean copy never hides a bad one.
 */

/** What a row tells of an image's findings. */
export interface Findings {
  severity: string | null;
  findingCounts: FindingCounts;
}

type FindingField = 'severity' | keyof FindingCounts;

const valueOf: Record<FindingField, (row: Findings) => number | bigint | null> = {
  severity: ({ severity }) => (severity === null ? null : severityRank(severity)),
  vulnerabilities: ({ findingCounts }) => findingCounts.vulnerabilities,
  unsafeSettings: ({ findingCounts }) => findingCounts.unsafeSettings,
  maliciousFiles: ({ findingCounts }) => findingCounts.maliciousFiles,
};

/** For each field the first row with the worst value; undefined when no row has a value. */
export type WorstRows<Row> = Record<FindingField, Row | undefined>;

export function worstRows<Row extends Findings>(rows: readonly Row[]): WorstRows<Row> {
  const worst = (field: FindingField) => worstRow(rows, valueOf[field]);
  return {
    severity: worst('severity'),
    vulnerabilities: worst('vulnerabilities'),
    unsafeSettings: worst('unsafeSettings'),
    maliciousFiles: worst('maliciousFiles'),
  };
}

export function findingsOf(worst: WorstRows<Findings>): Findings {
  return {
    severity: worst.severity?.severity ?? null,
    findingCounts: {
      vulnerabilities: worst.vulnerabilities?.findingCounts.vulnerabilities ?? null,
      unsafeSettings: worst.unsafeSettings?.findingCounts.unsafeSettings ?? null,
      maliciousFiles: worst.maliciousFiles?.findingCounts.maliciousFiles ?? null,
    },
  };
}

function worstRow<Row>(rows: readonly Row[], valueOf: (row: Row) => number | bigint | null): Row | undefined {
  let found: Row | undefined;
  let worst: number | bigint | null = null;
  for (const row of rows) {
    const value = valueOf(row);
    if (value === null || (worst !== null && value <= worst)) continue;
    found = row;
    worst = value;
  }
  return found;
}
