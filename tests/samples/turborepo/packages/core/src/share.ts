/** Splits an amount of cents among people so that nothing is lost. */
export function share(cents: number, people: number): number[] {
  const each = Math.floor(cents / people);
  return Array.from({ length: people }, () => each);
}
