import type { CompiledPattern, Match } from './compiled-pattern.ts'
import { invalidArgument } from '../invalid-argument.ts'

/** A replacement in Java's form: pieces of text, and groups by number. */
export type Replacement = readonly (string | number)[]

function invalid(text: string, reason: string): Error {
  return invalidArgument('regexp_replace', `the replacement ${JSON.stringify(text)}, in which ${reason}`, 'Write \\$ for a dollar sign and \\\\ for a backslash.', 'INVALID_REGEXP_REPLACE')
}

/** `$1` and `${name}` stand for groups; a backslash makes the next character plain. `$12` is group 1 and a 2 where there is no group 12. */
export function parseReplacement(text: string, pattern: CompiledPattern): Replacement {
  const parts: (string | number)[] = []
  let plain = ''
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') {
      i++
      if (i === text.length) throw invalid(text, 'nothing follows the backslash')
      plain += text[i]
    } else if (c === '$') {
      const [group, next] = groupAt(text, i + 1, pattern)
      if (plain !== '') parts.push(plain)
      plain = ''
      parts.push(group)
      i = next - 1
    } else plain += c
  }
  if (plain !== '') parts.push(plain)
  return parts
}

function groupAt(text: string, at: number, pattern: CompiledPattern): readonly [group: number, next: number] {
  if (text[at] === '{') {
    const end = text.indexOf('}', at)
    const name = text.slice(at + 1, end < 0 ? text.length : end)
    const group = end < 0 ? undefined : pattern.groupNumber(name)
    if (group === undefined) throw invalid(text, `"${name}" names no group`)
    return [group, end + 1]
  }
  const digit = (k: number): number => (k < text.length ? text.charCodeAt(k) - 48 : -1)
  let group = digit(at)
  if (group < 0 || group > 9) throw invalid(text, 'no group follows the dollar sign')
  if (group > pattern.groupCount) throw invalid(text, `there is no group ${group}`)
  let next = at + 1
  for (let d = digit(next); d >= 0 && d <= 9 && group * 10 + d <= pattern.groupCount; d = digit(++next)) group = group * 10 + d
  return [group, next]
}

export function expand(replacement: Replacement, match: Match): string {
  let out = ''
  for (const part of replacement) out += typeof part === 'string' ? part : (match.group(part) ?? '')
  return out
}
