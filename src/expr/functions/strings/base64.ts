import { invalidArgument } from '../invalid-argument.ts'

/**
 * The MIME rules: characters outside the alphabet are passed over. Padding ends the text and must be complete; nothing of
 * the alphabet may follow it.
 */
export function unbase64(text: string): Uint8Array {
  const end = text.indexOf('=')
  const digits = base64Digits(end < 0 ? text : text.slice(0, end))
  const rest = digits.length % 4
  const padded = end >= 0 && (rest === 0 || (rest === 2 && text[end + 1] !== '=') || base64Digits(text.slice(end)) !== '')
  if (rest === 1 || padded) {
    throw invalidArgument('unbase64', `${JSON.stringify(text.slice(0, 100))}, whose last group is not complete`, 'Check that the text is whole.', 'CONVERSION_INVALID_INPUT')
  }
  return Buffer.from(digits, 'base64')
}

export function base64Digits(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9+/]/g, '')
}
