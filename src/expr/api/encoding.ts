/** Text as bytes, URLs and digests. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'
import type { Bytes, Text } from './arguments.ts'

/** The bytes in Base64, without line breaks. */
export function base64<A extends Bytes>(value: A): Column<string | NullIn<A>> {
  return call('base64', value)
}

/** Bytes from Base64; characters outside its alphabet are passed over. */
export function unbase64<A extends Text>(text: A): Column<Uint8Array | NullIn<A>> {
  return call('unbase64', text)
}

/** The bytes of a text in a character set. */
export function encode<A extends Text, B extends Text>(text: A, charset: B): Column<Uint8Array | NullIn<A | B>> {
  return call('encode', text, charset)
}

/** Bytes from text in hexadecimal digits, UTF-8 or Base64. */
export function toBinary<A extends Text, B extends Text = never>(text: A, format?: B): Column<Uint8Array | NullIn<A | NoInfer<B>>> {
  return call('to_binary', text, format)
}

/** Bytes from text in hexadecimal digits, UTF-8 or Base64; null where the text is not of that form. */
export function tryToBinary<A extends Text, B extends Text = never>(text: A, format?: B): Column<Uint8Array | null> {
  return call('try_to_binary', text, format)
}

/** Text from bytes, with U+FFFD in place of what is not UTF-8. */
export function makeValidUtf8<A extends Bytes>(value: A): Column<string | NullIn<A>> {
  return call('make_valid_utf8', value)
}

/** Text from bytes; raises where they are not UTF-8. */
export function validateUtf8<A extends Bytes>(value: A): Column<string | NullIn<A>> {
  return call('validate_utf8', value)
}

/** Text from bytes, null where they are not UTF-8. */
export function tryValidateUtf8<A extends Bytes>(value: A): Column<string | null> {
  return call('try_validate_utf8', value)
}

/** Whether bytes are well-formed UTF-8 (text always is). */
export function isValidUtf8<A extends Bytes>(value: A): Column<boolean | NullIn<A>> {
  return call('is_valid_utf8', value)
}

/** The text in the encoding of HTML forms. */
export function urlEncode<A extends Text>(text: A): Column<string | NullIn<A>> {
  return call('url_encode', text)
}

/** The text behind the encoding of HTML forms. */
export function urlDecode<A extends Text>(text: A): Column<string | NullIn<A>> {
  return call('url_decode', text)
}

/** The text behind the encoding of HTML forms; null where an escape is broken. */
export function tryUrlDecode<A extends Text>(text: A): Column<string | null> {
  return call('try_url_decode', text)
}

/** A part of a URL: PROTOCOL, AUTHORITY, USERINFO, HOST, PATH, QUERY (or the value of a key in it), REF or FILE; null where it has none. */
export function parseUrl<A extends Text, B extends Text, C extends Text = never>(url: A, part: B, key?: C): Column<string | null> {
  return call('parse_url', url, part, key)
}

/** A part of a URL: PROTOCOL, AUTHORITY, USERINFO, HOST, PATH, QUERY (or the value of a key in it), REF or FILE; null where it has none, or is no URL. */
export function tryParseUrl<A extends Text, B extends Text, C extends Text = never>(url: A, part: B, key?: C): Column<string | null> {
  return call('try_parse_url', url, part, key)
}

/** The MD5 digest in lower-case hexadecimal digits. */
export function md5<A extends Bytes>(value: A): Column<string | NullIn<A>> {
  return call('md5', value)
}

/** The SHA-1 digest in lower-case hexadecimal digits. */
export function sha1<A extends Bytes>(value: A): Column<string | NullIn<A>> {
  return call('sha1', value)
}

/** The SHA-2 digest of 224, 256, 384 or 512 bits (0 means 256) in lower-case hexadecimal digits; null for other sizes. */
export function sha2<A extends Bytes, B extends Numeric>(value: A, bits: B): Column<string | null> {
  return call('sha2', value, bits)
}

/** The CRC-32 checksum of the bytes. */
export function crc32<A extends Bytes>(value: A): Column<number | NullIn<A>> {
  return call('crc32', value)
}
