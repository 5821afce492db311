/** The query of a route without parameters: the service refuses every parameter. */
export class NoQuery {
  declare private readonly nothing?: never;
}
