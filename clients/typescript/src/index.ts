export { createHssBffClient, type HssBffClient } from './client.js';
export type { Answer, CallOptions, ClientOptions, Export, HttpClient } from './options.js';
export { isProblem, ProblemError, UnexpectedAnswerError } from './problem.js';
export { partOf, type Part, type PartName } from './parts.js';
export type { Timing } from './transport.js';
export type { Data, Item, OperationId, PagedId, Params, ProblemOf, Schemas } from './types.js';
export type { components, operations, paths } from './schema.js';
