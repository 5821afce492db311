/**
 * The process as Node sees it. Jest hands tests a copy, on which no `unhandledRejection` ever arrives; functions
 * from outside its sandbox still know the original.
 */
const outerFunction = setImmediate.constructor as FunctionConstructor;

export const realProcess = outerFunction('return process')() as NodeJS.Process;
