/** What each operation takes and gives, derived from the generated types. Nothing here exists at run time. */
import type { components, operations } from './schema.js';

export type Schemas = components['schemas'];
export type OperationId = keyof operations;

type Responses<Id extends OperationId> = operations[Id]['responses'];
type BodyAs<Type extends string, Response> = Response extends { content: Record<Type, infer Body> }
  ? Body
  : never;

/** The body of a good answer. */
export type Data<Id extends OperationId> = BodyAs<'application/json', Responses<Id>[keyof Responses<Id>]>;

/** The errors that an operation can give, tagged by `code`. */
export type ProblemOf<Id extends OperationId> = Tagged<
  BodyAs<'application/problem+json', Responses<Id>[keyof Responses<Id>]>
>;
type Problem = Schemas['Problem'];
/** One member for each code, so that a `switch` narrows. */
type Tagged<P> = P extends { code: infer Code extends string; status: infer Status extends number }
  ? Code extends string
    ? Omit<Problem, 'code' | 'status'> & { code: Code; status: Status }
    : never
  : never;
export type AnyProblem = { [Id in OperationId]: ProblemOf<Id> }[OperationId];

type Known<Group> = [Group] extends [undefined] ? unknown : NonNullable<Group>;
type Grouped<Id extends OperationId, Name extends 'path' | 'query'> = Known<
  operations[Id]['parameters'] extends Partial<Record<Name, infer Group>> ? Group : undefined
>;
type Flat<T> = { [Name in keyof T]: T[Name] };

/** The parameters of the path and of the query together, or the body. */
export type Params<Id extends OperationId> = operations[Id] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : Flat<Grouped<Id, 'path'> & Grouped<Id, 'query'>>;

/** Parameters may be left away where none is required. */
export type Args<P, Options> = object extends P
  ? [params?: P, options?: Options]
  : [params: P, options?: Options];

/** Operations that answer page by page. */
export type PagedId = {
  [Id in OperationId]: Data<Id> extends { items: readonly unknown[]; next: string | null } ? Id : never;
}[Exclude<OperationId, 'exportCatalog'>];
export type Item<Id extends PagedId> = Data<Id> extends { items: readonly (infer Each)[] } ? Each : never;
