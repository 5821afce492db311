/**
 * The form of a word for comparisons that ignore case. JavaScript does it: DuckDB's `lower` differs for some
 * letters.
 */
export function fold(word: string): string {
  return word.toLowerCase();
}
