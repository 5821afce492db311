/**
 * The enterprise project of a call: the consumer's choice, or the configured project, or HSS's default (undefined).
 */
export class EnterpriseProject {
  constructor(private readonly configured: string | undefined) {}

  id(given: string | undefined): string | undefined {
    return given ?? this.configured;
  }
}
