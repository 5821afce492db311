/**
 * All operations by id. The order is the order of the document and of its page. A controller names the id of each
 * route; a route without an entry here stops the making of the document.
 */
import type { Operations } from '../operation.js';
import { imageOperations } from './images.js';
import { listOperations } from './lists.js';
import { operatorOperations } from './operators.js';

/** The groups of the page, each with its operations. */
export const groups: Readonly<Record<string, { description: string; operations: Operations }>> = {
  Images: { description: 'Find images, and see one image whole', operations: imageOperations },
  Catalog: {
    description: 'The catalog as a whole, and the lists of HSS row by row',
    operations: listOperations,
  },
  Operators: { description: 'Budget, cache and health', operations: operatorOperations },
};
