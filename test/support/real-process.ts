/**
 * The process as Node sees it. Jest gives tests a copy of `process`, which never receives an `unhandledRejection`.
 * Functions from outside Jest's sandbox still know the original.
 */
const outerFunction = setImmediate.constructor as FunctionConstructor;

export const realProcess = outerFunction('return process')() as NodeJS.Process;
