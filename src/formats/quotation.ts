/** Of a value at most this many bytes are shown. */
const maxShownBytes = 40

// A mark at the beginning is shown too: it may be what is wrong.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Control characters, and those that cannot be seen or that turn the direction of the text around them. */
// oxlint-disable-next-line no-control-regex
const invisible = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/**
 * A short, harmless quotation of input bytes for a reason: in quotes, or in backticks where the text has quotes itself, so
 * that nothing in it needs an escape.
 */
export function quoteBytes(bytes: Uint8Array, start: number, end: number): string {
  const text = shown(bytes, start, end)
  return text.includes('"') ? `\`${text}\`` : `"${text}"`
}

/** A JSON value as it stands in the input: text has quotes of its own, numbers and objects want none. */
export function quoteJson(bytes: Uint8Array, start: number, end: number): string {
  const text = shown(bytes, start, end)
  return bytes[start] === 0x22 && end - start > maxShownBytes ? `${text}"` : text
}

function shown(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= maxShownBytes) return visible(bytes, start, end)
  let cut = start + maxShownBytes
  // Not in the middle of a character.
  while (cut > start && (bytes[cut] & 0xc0) === 0x80) cut--
  return `${visible(bytes, start, cut)}…`
}

function visible(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end)).replace(invisible, escaped)
}

const short: ReadonlyMap<string, string> = new Map([['\t', '\\t'], ['\n', '\\n'], ['\r', '\\r']])

function escaped(character: string): string {
  return short.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
