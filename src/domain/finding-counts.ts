/**
 * Numbers of findings in an image. A number is null where the scan did not look. A bigint keeps all digits of an
 * int64.
 */
export interface FindingCounts {
  vulnerabilities: number | bigint | null;
  unsafeSettings: number | bigint | null;
  maliciousFiles: number | bigint | null;
}

/** The counts of an image that HSS tells nothing about. */
export const noFindingCounts: FindingCounts = {
  vulnerabilities: null,
  unsafeSettings: null,
  maliciousFiles: null,
};
