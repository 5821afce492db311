/** Which enterprise project a call is about: the consumer's word, else the configured one, else HSS's default. */
export class EnterpriseProject {
  constructor(private readonly configured: string | undefined) {}

  id(given: string | undefined): string | undefined {
    return given ?? this.configured;
  }
}
