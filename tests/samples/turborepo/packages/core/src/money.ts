/** Cents as a price tag shows them. */
export function euros(cents: number): string {
  return `${(cents / 100).toFixed(2)} EUR`;
}
