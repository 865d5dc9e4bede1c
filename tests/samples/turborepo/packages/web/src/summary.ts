import { euros, share } from "@seedbed/core";

/** One line for each person that pays. */
export function summary(cents: number, people: string[]): string[] {
  const parts = share(cents, people.length);
  return people.map((person, index) => `${person}: ${euros(parts[index])}`);
}
