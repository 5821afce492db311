/** A query that does not end by itself while a test runs. */
export const endlessQuery = 'SELECT count(*) FROM range(1000000000000000) WHERE range % 7 = 8';
