import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { javaDoubleText, notANumber, parseDouble } from '../../../src/columnar/text/java-double.ts'
import { isMillraceError } from '../../../src/common/errors.ts'
import type { Expr } from '../../../src/expr/expr.ts'
import { literalOf, makeLiteral } from '../../../src/expr/literal.ts'
import { compiledPattern } from '../../../src/expr/functions/regexp/compiled-pattern.ts'
import { binaryType, call, double, int64Type, value } from './support.ts'

/**
 * Answers recorded from the classes of OpenJDK 17 that Spark's functions are defined by: Double, Formatter, DecimalFormat,
 * BigDecimal, Pattern, URI, Charset, Base64. A line is [operation, …arguments, answer]; an error is { error: class }.
 */
type Answer = string | readonly unknown[] | { readonly error: string }
const lines = readFileSync(new URL('../../fixtures/scalar/java.jsonl', import.meta.url), 'utf8').trim().split('\n').map(line => JSON.parse(line) as string[])
const rejected = { error: 'rejected' }

function typed(kind: string, text: string): Expr {
  switch (kind) {
    case 'd':
      return double(Number(text))
    case 'i':
      return literalOf(Number(text))
    case 'l':
      return makeLiteral(text, int64Type)
    case 'b':
      return literalOf(text === 'true')
    case 's':
      return literalOf(text)
    default:
      return literalOf(null)
  }
}

function bytes(result: unknown): string {
  return Buffer.from(result as Uint8Array).toString('hex')
}

function matches(pattern: string, text: string): unknown[] {
  const compiled = compiledPattern(pattern)
  const found: unknown[] = []
  compiled.forEachMatch(text, m => {
    found.push([m.start, m.end, ...Array.from({ length: compiled.groupCount }, (_, g) => m.group(g + 1))])
    return true
  })
  return found
}

const roundings: { readonly [mode: string]: string } = { up: 'round', even: 'bround', ceil: 'ceil', floor: 'floor' }
const urlParts = ['PROTOCOL', 'AUTHORITY', 'USERINFO', 'HOST', 'PATH', 'QUERY', 'REF']

const operations: { readonly [name: string]: (...args: string[]) => unknown } = {
  toString: (bits: string) => {
    const view = new DataView(new ArrayBuffer(8))
    view.setBigInt64(0, BigInt(bits))
    return javaDoubleText(view.getFloat64(0))
  },
  parse: text => {
    const utf8 = new TextEncoder().encode(text)
    const parsed = parseDouble(utf8, 0, utf8.length)
    return parsed === notANumber ? rejected : javaDoubleText(parsed)
  },
  format: (format, kind, text) => value(call('format_string', format, typed(kind, text))),
  decimal: (pattern, kind, text) => value(call('format_number', typed(kind, text), pattern)),
  round: (text, scale, mode) => javaDoubleText(value(call(roundings[mode], double(Number(text)), Number(scale))) as number),
  find: matches,
  replace: (pattern, text, replacement) => value(call('regexp_replace', text, pattern, replacement)),
  split: (pattern, text, limit) => value(call('split', text, pattern, Number(limit))),
  urlenc: text => value(call('url_encode', text)),
  urldec: text => value(call('url_decode', text)),
  uri: text => urlParts.map(part => value(call('parse_url', text, part))),
  encode: (text, charset) => bytes(value(call('encode', text, charset))),
  decode: (hex, charset) => value(call('decode', makeLiteral(hex, binaryType), charset)),
  mime: text => bytes(value(call('unbase64', text))),
}

function answerOf(operation: string, args: string[]): unknown {
  try {
    return operations[operation](...args)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return error.code === 'EXPR_UNSUPPORTED_PATTERN' ? 'unsupported' : rejected
  }
}

describe('answers as Java gives them', () => {
  test.each(Object.keys(operations))('%s', operation => {
    const ours = lines.filter(line => line[0] === operation)
    expect(ours.length).toBeGreaterThan(5)
    for (const line of ours) {
      const args = line.slice(1, -1)
      const wanted = line.at(-1) as Answer
      const found = answerOf(operation, args)
      // What Java's patterns have and a linear engine has not is refused, never answered differently.
      if (found === 'unsupported') continue
      expect([args, found]).toEqual([args, typeof wanted === 'object' && 'error' in wanted ? rejected : wanted])
    }
  })
})
