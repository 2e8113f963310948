import { classText, escapeClasses, hex, lineTerminators } from './character-ranges.ts'
import { invalidPattern, unsupportedPattern } from './pattern-errors.ts'
import { PatternReader } from './pattern-reader.ts'

/** A pattern of Java's dialect written in RE2's. */
export interface TranslatedPattern {
  readonly text: string
  /** Where the pattern's groups are among RE2's: groups[k] for group k; groups[0] is 0. */
  readonly groups: readonly number[]
  readonly names: ReadonlyMap<string, number>
  /**
   * RE2's groups that took in the final line terminator which `$` and `\Z` look past. A match ends before it: the engine
   * has no look-ahead, so it is matched and taken off again.
   */
  readonly tails: readonly number[]
}

const tailText = `${hex(13)}${hex(10)}|[${classText(lineTerminators)}]`
const anyLineBreak = `(?:${hex(13)}${hex(10)}|[${classText(escapeClasses.get('v') ?? [])}])`

/**
 * Translates what both dialects can express and refuses the rest by name: look-around, back references, possessive
 * quantifiers, atomic groups, class intersections. What remains different: (?i) folds case by Unicode and not in ASCII only,
 * \b knows words of ASCII only, and (?m)^ also stands after a \n that ends the text.
 * @throws QueryError EXPR_INVALID_PATTERN, EXPR_UNSUPPORTED_PATTERN
 */
export function translateJavaPattern(pattern: string): TranslatedPattern {
  return new Translator(pattern).run()
}

interface Flags {
  readonly dotAll: boolean
  readonly multiline: boolean
}

class Translator extends PatternReader {
  #out = ''
  #re2Groups = 0
  readonly #groups = [0]
  readonly #names = new Map<string, number>()
  readonly #tails: number[] = []
  readonly #outer: Flags[] = []
  #flags: Flags = { dotAll: false, multiline: false }

  run(): TranslatedPattern {
    while (this.at < this.chars.length) this.#item()
    if (this.#outer.length > 0) throw invalidPattern(this.pattern, 'a group is not closed')
    return { text: this.#out, groups: this.#groups, names: this.#names, tails: this.#tails }
  }

  #item(): void {
    const c = this.next()
    switch (c) {
      case '(':
        this.#group()
        break
      case ')':
        if (this.#outer.length === 0) throw invalidPattern(this.pattern, 'a closing parenthesis has no opening one')
        this.#flags = this.#outer.pop() as Flags
        this.#out += ')'
        break
      case '[':
        this.#out += this.#class()
        break
      case '.':
        this.#out += this.#flags.dotAll ? '(?s:.)' : `[^${classText(lineTerminators)}]`
        break
      case '$':
        this.#out += this.#flags.multiline ? this.#endOfLine() : this.#end()
        break
      case '^':
        this.#out += this.#flags.multiline ? '(?m:^)' : '\\A'
        break
      case '\\':
        this.#escape()
        break
      case '*':
      case '+':
      case '?':
        this.#quantifier(c)
        break
      case '{':
        this.#counted()
        break
      case '|':
        this.#out += c
        break
      default:
        this.#out += literal(c)
    }
  }

  /** The end of the text, or before a line terminator that ends it. */
  #end(): string {
    this.#tails.push(++this.#re2Groups)
    return `(?:(${tailText})?\\z)`
  }

  /**
   * Before any line terminator. Those other than \n can only be taken off again where nothing of the pattern follows;
   * elsewhere lines end at \n alone.
   */
  #endOfLine(): string {
    const isLast = (this.peek() === '|' && this.#outer.length === 0) || this.chars.slice(this.at).every(c => c === ')')
    if (!isLast) return '(?m:$)'
    this.#tails.push(++this.#re2Groups)
    return `(?:(${tailText})|\\z)`
  }

  #quantifier(text: string): void {
    if (this.peek() === '+') throw unsupportedPattern(this.pattern, `the possessive quantifier ${text}+`)
    this.#out += text
    if (this.peek() === '?') this.#out += this.next()
  }

  #counted(): void {
    const end = this.chars.indexOf('}', this.at)
    const inside = end < 0 ? '' : this.chars.slice(this.at, end).join('')
    if (!/^\d+(,\d*)?$/.test(inside)) throw invalidPattern(this.pattern, 'a brace opens no count of repetitions')
    this.at = end + 1
    this.#quantifier(`{${inside}}`)
  }

  #group(): void {
    if (this.peek() !== '?') {
      this.#open(true)
      return
    }
    this.at++
    const kind = this.next()
    if (kind === ':') this.#open(false)
    else if (kind === '=' || kind === '!') throw unsupportedPattern(this.pattern, `the look-ahead (?${kind}`)
    else if (kind === '>') throw unsupportedPattern(this.pattern, 'an atomic group (?>')
    else if (kind === '<' && (this.peek() === '=' || this.peek() === '!')) throw unsupportedPattern(this.pattern, `the look-behind (?<${this.peek()}`)
    else if (kind === '<') {
      const name = this.until('>')
      if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name) || this.#names.has(name)) throw invalidPattern(this.pattern, `"${name}" cannot name a group`)
      this.#names.set(name, this.#groups.length)
      this.#open(true)
    } else {
      this.at--
      this.#inlineFlags()
    }
  }

  #open(captures: boolean): void {
    this.#outer.push(this.#flags)
    if (captures) this.#groups.push(++this.#re2Groups)
    this.#out += captures ? '(' : '(?:'
  }

  /** `(?i)` until the end of the group, `(?i:…)` for a group of its own. */
  #inlineFlags(): void {
    let on = true
    let shown = ''
    let { dotAll, multiline } = this.#flags
    let ignoreCase: boolean | null = null
    for (;;) {
      const c = this.next()
      shown += c
      if (c === '-') on = false
      else if (c === 'i') ignoreCase = on
      else if (c === 's') dotAll = on
      else if (c === 'm') multiline = on
      // The engine always folds case by Unicode.
      else if (c === 'u') continue
      else if (c === ')' || c === ':') {
        const flag = ignoreCase === null ? '' : ignoreCase ? 'i' : '-i'
        if (c === ':') {
          this.#outer.push(this.#flags)
          this.#out += `(?${flag}:`
        } else if (flag !== '') this.#out += `(?${flag})`
        this.#flags = { dotAll, multiline }
        return
      } else if (c !== '' && 'dxU'.includes(c)) throw unsupportedPattern(this.pattern, `the flag ${c}`)
      else throw invalidPattern(this.pattern, `"(?${shown}" begins no group`)
    }
  }

  /** An escape outside a class; the backslash is consumed. */
  #escape(): void {
    const c = this.next()
    switch (c) {
      case 'b':
        if (this.peek() === '{') throw unsupportedPattern(this.pattern, 'the boundary \\b{…}')
        this.#out += '\\b'
        return
      case 'B':
      case 'A':
      case 'z':
        this.#out += `\\${c}`
        return
      case 'Z':
        this.#out += this.#end()
        return
      case 'R':
        this.#out += anyLineBreak
        return
      case 'G':
      case 'X':
      case 'N':
        throw unsupportedPattern(this.pattern, `\\${c}`)
      case 'k':
        throw unsupportedPattern(this.pattern, 'a back reference')
      case 'Q':
        this.#out += [...this.quoted()].map(literal).join('')
        return
      default:
        if (c >= '1' && c <= '9') throw unsupportedPattern(this.pattern, `the back reference \\${c}`)
        this.#out += this.classEscape(c, '[', ']')
    }
  }

  /** A class from after its bracket to the closing one; classes inside are taken in. */
  #class(): string {
    const negated = this.peek() === '^'
    if (negated) this.at++
    return `[${negated ? '^' : ''}${this.#classItems(negated)}]`
  }

  #classItems(negated: boolean): string {
    let text = ''
    for (let first = true; ; first = false) {
      const c = this.next()
      if (c === '') throw invalidPattern(this.pattern, 'a class is not closed')
      if (c === ']' && !first) return text
      if (c === '&' && this.peek() === '&') throw unsupportedPattern(this.pattern, 'the class intersection &&')
      if (c === '[') {
        if (negated || this.peek() === '^') throw unsupportedPattern(this.pattern, 'a class inside a negated class, or a negated one inside a class')
        text += this.#classItems(false)
      } else if (c === '-') text += this.#isRange(text) ? '-' : hex(45)
      else if (c !== '\\') text += hex(c.codePointAt(0) as number)
      else if (this.peek() === 'Q') {
        this.at++
        for (const q of this.quoted()) text += hex(q.codePointAt(0) as number)
      } else text += this.classEscape(this.next(), '', '')
    }
  }

  /** Whether a hyphen stands between two characters, and not at an end or beside a class. */
  #isRange(before: string): boolean {
    if (!before.endsWith('}') || /\\[pP]\{[^}]*\}$/.test(before)) return false
    const next = this.peek()
    if (next === ']' || next === '[' || next === '') return false
    return next !== '\\' || !'dDwWsShHvVpP'.includes(this.peek(1))
  }

}

function literal(c: string): string {
  return /^[A-Za-z0-9]$/.test(c) || c > '\x7f' ? c : hex(c.codePointAt(0) as number)
}
