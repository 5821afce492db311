import type { RequestContext } from '../http/request-context.js';

/** What a consumer's request means for the reads that it leads to. */
export type Asking = Pick<RequestContext, 'demand' | 'deadline'>;
