import { stringType } from '../../../columnar/data-type.ts'
import type { FunctionEntry } from '../../function-table.ts'
import { rowFunction } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'

/** The encoding of HTML forms: letters, digits and .-*_ stay, a space is +, all else is %XX of its UTF-8 bytes. */
function encodeForm(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replaceAll(/[!~'()]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Null where a % is not followed by two hexadecimal digits. Bytes that are not UTF-8 become U+FFFD. */
function decodeForm(text: string): string | null {
  const source = Buffer.from(text, 'utf8')
  const out = Buffer.alloc(source.length)
  let size = 0
  for (let i = 0; i < source.length; i++) {
    const c = source[i]
    if (c === 37) {
      const digits = source.toString('latin1', i + 1, i + 3)
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return null
      out[size++] = Number.parseInt(digits, 16)
      i += 2
    } else out[size++] = c === 43 ? 32 : c
  }
  return out.toString('utf8', 0, size)
}

interface Uri {
  readonly scheme: string | null
  readonly authority: string | null
  readonly userInfo: string | null
  readonly host: string | null
  readonly path: string | null
  readonly query: string | null
  readonly fragment: string | null
}

const hostShape = /^(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])$/

/** The parts of a URI by RFC 2396; null where a character or an escape is not allowed in one. */
function parseUri(text: string): Uri | null {
  // Characters beyond ASCII are let through; white space, controls and the delimiters of text around a URI are not.
  if (/[\s\p{Cc}"<>\\^`{|}]/u.test(text) || /%(?![0-9A-Fa-f]{2})/.test(text)) return null
  const [, , scheme, , authority, path, , query, , fragment] = /^(([^:/?#]+):)?(\/\/([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?$/s.exec(text) as RegExpExecArray
  if (scheme !== undefined && !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)) return null
  if (text.startsWith(':') || (scheme !== undefined && authority === undefined && path === '' && query === undefined)) return null
  if (authority === '' && text.endsWith('//')) return null
  // A path that does not begin with a slash after a scheme is opaque: such a URI has no parts.
  const opaque = scheme !== undefined && authority === undefined && !path.startsWith('/')
  const at = authority?.indexOf('@') ?? -1
  const userInfo = at < 0 ? null : (authority as string).slice(0, at)
  const host = authority === undefined ? '' : authority.slice(at + 1).replace(/:\d*$/, '')
  const isHost = hostShape.test(host)
  return {
    scheme: scheme ?? null,
    authority: authority === undefined || authority === '' ? null : authority,
    userInfo: isHost ? userInfo : null,
    host: isHost ? host : null,
    path: opaque ? null : path,
    query: opaque ? null : (query ?? null),
    fragment: fragment ?? null,
  }
}

function uriPart(uri: Uri, part: string, key: string | undefined): string | null {
  if (key !== undefined) return queryValue(uri.query, key)
  switch (part) {
    case 'PROTOCOL':
      return uri.scheme
    case 'AUTHORITY':
      return uri.authority
    case 'USERINFO':
      return uri.userInfo
    case 'HOST':
      return uri.host
    case 'PATH':
      return uri.path
    case 'QUERY':
      return uri.query
    case 'REF':
      return uri.fragment
    case 'FILE':
      return uri.path === null ? null : uri.path + (uri.query === null ? '' : `?${uri.query}`)
    default:
      return null
  }
}

/** The first value of a key in `a=1&b=2`, as it is written there. */
function queryValue(query: string | null, key: string): string | null {
  for (const pair of query?.split('&') ?? []) if (pair.startsWith(`${key}=`)) return pair.slice(key.length + 1)
  return null
}

function parseUrl(name: string, orNull: boolean): FunctionEntry {
  return rowFunction({
    name,
    args: [stringType, stringType, stringType],
    required: 2,
    result: stringType,
    nullable: true,
    exact: true,
    usage: `${name}(url: string, part: string[, key: string]) -> string`,
    doc: `A part of a URL: PROTOCOL, AUTHORITY, USERINFO, HOST, PATH, QUERY (or the value of a key in it), REF or FILE; null where it has none${orNull ? ', or is no URL' : ''}.`,
    row: (url, part, key: string | undefined) => {
      if (key !== undefined && part !== 'QUERY') return null
      const uri = parseUri(url)
      if (uri !== null) return uriPart(uri, part, key)
      if (orNull) return null
      throw invalidArgument(name, `${JSON.stringify(url.slice(0, 100))}, which is no URL`, 'Use tryParseUrl() to get null instead.', 'INVALID_URL')
    },
  })
}

function urlDecode(name: string, orNull: boolean): FunctionEntry {
  return rowFunction({
    name,
    args: [stringType],
    result: stringType,
    nullable: orNull,
    usage: `${name}(text: string) -> string`,
    doc: `The text behind the encoding of HTML forms${orNull ? '; null where an escape is broken' : ''}.`,
    row: text => {
      const decoded = decodeForm(text)
      if (decoded !== null || orNull) return decoded
      throw invalidArgument(name, `${JSON.stringify(text.slice(0, 100))}, in which a % is not followed by two digits`, 'Use tryUrlDecode() to get null instead.', 'CANNOT_DECODE_URL')
    },
  })
}

export const urlFunctions: readonly FunctionEntry[] = [
  rowFunction({
    name: 'url_encode',
    args: [stringType],
    result: stringType,
    usage: 'url_encode(text: string) -> string',
    doc: 'The text in the encoding of HTML forms.',
    safe: true,
    row: encodeForm,
  }),
  urlDecode('url_decode', false),
  urlDecode('try_url_decode', true),
  parseUrl('parse_url', false),
  parseUrl('try_parse_url', true),
]
