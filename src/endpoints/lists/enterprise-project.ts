/** HSS's name for the default project, which HSS also takes when a call names none. */
const defaultProject = '0';

/**
 * The enterprise project of a call: the consumer's choice, or the configured project, or HSS's default (undefined).
 * One project has one form here, so that the cache's keys and the catalog know the project again.
 */
export class EnterpriseProject {
  constructor(private readonly configured: string | undefined) {}

  id(given: string | undefined): string | undefined {
    if (this.configured === undefined && given === defaultProject) return undefined;
    return given ?? this.configured;
  }

  /** Whether the consumer's choice is the project of a call without a choice. The catalog has that project only. */
  isConfigured(given: string | undefined): boolean {
    return this.id(given) === this.id(undefined);
  }
}

/** The tag by which a purge finds the answers of a project. */
export function projectTag(id: string | undefined): string {
  return `project:${id ?? defaultProject}`;
}
