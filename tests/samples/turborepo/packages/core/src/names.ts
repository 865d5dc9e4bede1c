/** The first word of a name. */
export function firstName(name: string): string {
  const parts = name.split(" ");
  const last = parts.at(-1);
  return parts[0];
}
