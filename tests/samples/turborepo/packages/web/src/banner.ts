/** What the front page says today. */
export function banner(visits: number): string {
  const shown: string = visits;
  return `Welcome, ${shown}`;
}
