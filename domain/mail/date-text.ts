/** Dates as mail writes them (RFC 5322 §3.3), always in UTC: a gateway has no home. */
export function dateText(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
