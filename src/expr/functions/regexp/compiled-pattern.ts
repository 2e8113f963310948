import { RE2JS } from 're2js'
import { messageOf } from '../../../common/errors.ts'
import { translateJavaPattern, type TranslatedPattern } from './java-pattern.ts'
import { invalidPattern, unsupportedPattern } from './pattern-errors.ts'

/** Longer patterns are refused: compiling costs memory in proportion to them, times their counted repetitions. */
const maxPatternLength = 1000
/** Compiled patterns kept; more distinct ones (patterns from a column) push the oldest out. */
const maxKept = 256

/**
 * A regular expression in Java's dialect, run by an engine whose time is linear in the text, so that neither a pattern
 * nor a text can hang the process. Positions are UTF-16 units of the JavaScript string.
 */
export class CompiledPattern {
  readonly #re: RE2JS
  readonly #translated: TranslatedPattern
  readonly groupCount: number

  constructor(source: string) {
    if (source.length > maxPatternLength) throw unsupportedPattern(`${source.slice(0, 60)}…`, `more than ${maxPatternLength} characters`)
    this.#translated = translateJavaPattern(source)
    this.groupCount = this.#translated.groups.length - 1
    try {
      this.#re = RE2JS.compile(this.#translated.text)
    } catch (cause) {
      const message = messageOf(cause)
      if (/repeat count|too large|range: `\\[pP]/.test(message)) throw unsupportedPattern(source, `something beyond its limits (${message})`)
      throw invalidPattern(source, message.replace('error parsing regexp: ', ''), cause)
    }
  }

  /** Whether the pattern is found anywhere. */
  test(text: string): boolean {
    return this.#re.test(text)
  }

  groupNumber(name: string): number | undefined {
    return this.#translated.names.get(name)
  }

  /** Hands each match, from left to right, to `visit` until it answers false. The match object is only valid during the call. */
  forEachMatch(text: string, visit: (match: Match) => boolean): void {
    const matcher = this.#re.matcher(text)
    let at = 0
    while (at <= text.length && matcher.find(at)) {
      const match = new Match(text, matcher, this.#translated)
      if (match.splitsLineBreak) {
        at = match.start + 1
        continue
      }
      if (!visit(match)) return
      at = match.end
      // After an empty match the search goes on one character further, which may be two units.
      if (match.end === match.start) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
    }
  }

  /** The first match's own text by `read`, or null. */
  first<T>(text: string, read: (match: Match) => T): T | null {
    let result: T | null = null
    this.forEachMatch(text, match => {
      result = read(match)
      return false
    })
    return result
  }
}

export class Match {
  readonly #text: string
  readonly #matcher: ReturnType<RE2JS['matcher']>
  readonly #pattern: TranslatedPattern
  readonly start: number
  readonly end: number
  /** It ends between \r and \n, where no line ends. */
  readonly splitsLineBreak: boolean

  constructor(text: string, matcher: ReturnType<RE2JS['matcher']>, pattern: TranslatedPattern) {
    this.#text = text
    this.#matcher = matcher
    this.#pattern = pattern
    this.start = matcher.start()
    let end = matcher.end()
    for (const tail of pattern.tails) {
      const start = matcher.start(tail)
      if (start >= 0) end = Math.min(end, start)
    }
    this.end = end
    this.splitsLineBreak = end < matcher.end() && text[end] === '\n' && text[end - 1] === '\r'
  }

  /** The text of a group, null where it took no part. */
  group(k: number): string | null {
    if (k === 0) return this.#text.slice(this.start, this.end)
    const index = this.#pattern.groups[k]
    const start = this.#matcher.start(index)
    return start < 0 ? null : this.#text.slice(start, Math.min(this.end, this.#matcher.end(index)))
  }
}

const kept = new Map<string, CompiledPattern>()

/**
 * The pattern compiled, or found among those compiled before.
 * @throws QueryError EXPR_INVALID_PATTERN, EXPR_UNSUPPORTED_PATTERN
 */
export function compiledPattern(source: string): CompiledPattern {
  const known = kept.get(source)
  if (known !== undefined) return known
  const pattern = new CompiledPattern(source)
  if (kept.size >= maxKept) kept.delete(kept.keys().next().value as string)
  kept.set(source, pattern)
  return pattern
}
