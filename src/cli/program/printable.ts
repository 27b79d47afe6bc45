/**
 * Text from elsewhere (names of files, values, messages that quote them) as a terminal may show it: control and
 * formatting characters, which could rewrite what stands there or reverse it, become `?`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}
