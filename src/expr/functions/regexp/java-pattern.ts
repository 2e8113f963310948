import { classText, complement, escapeClasses, hex, lineTerminators, posixClasses } from './character-ranges.ts'
import { invalidPattern, unsupportedPattern } from './pattern-errors.ts'

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
 * quantifiers, atomic groups, class intersections.
 * @throws QueryError EXPR_INVALID_PATTERN, EXPR_UNSUPPORTED_PATTERN
 */
export function translateJavaPattern(pattern: string): TranslatedPattern {
  return new Translator(pattern).run()
}

interface Flags {
  readonly dotAll: boolean
  readonly multiline: boolean
}

const controlEscapes: ReadonlyMap<string, number> = new Map([['t', 9], ['n', 10], ['r', 13], ['f', 12], ['a', 7], ['e', 27]])

class Translator {
  readonly #pattern: string
  readonly #chars: readonly string[]
  #at = 0
  #out = ''
  #re2Groups = 0
  readonly #groups = [0]
  readonly #names = new Map<string, number>()
  readonly #tails: number[] = []
  readonly #outer: Flags[] = []
  #flags: Flags = { dotAll: false, multiline: false }

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#chars = [...pattern]
  }

  run(): TranslatedPattern {
    while (this.#at < this.#chars.length) this.#item()
    if (this.#outer.length > 0) throw invalidPattern(this.#pattern, 'a group is not closed')
    return { text: this.#out, groups: this.#groups, names: this.#names, tails: this.#tails }
  }

  #peek(offset = 0): string {
    return this.#chars[this.#at + offset] ?? ''
  }

  #next(): string {
    return this.#chars[this.#at++] ?? ''
  }

  #item(): void {
    const c = this.#next()
    switch (c) {
      case '(':
        this.#group()
        break
      case ')':
        if (this.#outer.length === 0) throw invalidPattern(this.#pattern, 'a closing parenthesis has no opening one')
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
        this.#out += this.#flags.multiline ? '(?m:$)' : this.#end()
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

  #quantifier(text: string): void {
    if (this.#peek() === '+') throw unsupportedPattern(this.#pattern, `the possessive quantifier ${text}+`)
    this.#out += text
    if (this.#peek() === '?') this.#out += this.#next()
  }

  #counted(): void {
    const end = this.#chars.indexOf('}', this.#at)
    const inside = end < 0 ? '' : this.#chars.slice(this.#at, end).join('')
    if (!/^\d+(,\d*)?$/.test(inside)) throw invalidPattern(this.#pattern, 'a brace opens no count of repetitions')
    this.#at = end + 1
    this.#quantifier(`{${inside}}`)
  }

  #group(): void {
    if (this.#peek() !== '?') {
      this.#open(true)
      return
    }
    this.#at++
    const kind = this.#next()
    if (kind === ':') this.#open(false)
    else if (kind === '=' || kind === '!') throw unsupportedPattern(this.#pattern, `the look-ahead (?${kind}`)
    else if (kind === '>') throw unsupportedPattern(this.#pattern, 'an atomic group (?>')
    else if (kind === '<' && (this.#peek() === '=' || this.#peek() === '!')) throw unsupportedPattern(this.#pattern, `the look-behind (?<${this.#peek()}`)
    else if (kind === '<') {
      const name = this.#until('>')
      if (!/^[A-Za-z][A-Za-z0-9]*$/.test(name) || this.#names.has(name)) throw invalidPattern(this.#pattern, `"${name}" cannot name a group`)
      this.#names.set(name, this.#groups.length)
      this.#open(true)
    } else {
      this.#at--
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
      const c = this.#next()
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
      } else if (c !== '' && 'dxU'.includes(c)) throw unsupportedPattern(this.#pattern, `the flag ${c}`)
      else throw invalidPattern(this.#pattern, `"(?${shown}" begins no group`)
    }
  }

  /** An escape outside a class; the backslash is consumed. */
  #escape(): void {
    const c = this.#next()
    switch (c) {
      case 'b':
        if (this.#peek() === '{') throw unsupportedPattern(this.#pattern, 'the boundary \\b{…}')
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
        throw unsupportedPattern(this.#pattern, `\\${c}`)
      case 'k':
        throw unsupportedPattern(this.#pattern, 'a back reference')
      case 'Q':
        this.#out += [...this.#quoted()].map(literal).join('')
        return
      default:
        if (c >= '1' && c <= '9') throw unsupportedPattern(this.#pattern, `the back reference \\${c}`)
        this.#out += this.#classEscape(c, '[', ']')
    }
  }

  /** An escape that means the same in and outside a class: a class, a property, or a single character. */
  #classEscape(c: string, open: string, close: string): string {
    const known = escapeClasses.get(c.toLowerCase())
    if (known !== undefined) return open + classText(c === c.toLowerCase() ? known : complement(known)) + close
    if (c === 'p' || c === 'P') return this.#property(c === 'P', open, close)
    return hex(this.#escapedCharacter(c))
  }

  #escapedCharacter(c: string): number {
    const control = controlEscapes.get(c)
    if (control !== undefined) return control
    switch (c) {
      case '':
        throw invalidPattern(this.#pattern, 'it ends with a backslash')
      case '0':
        return this.#number(/^(?:[0-3][0-7]{0,2}|[0-7]{1,2})/, 8)
      case 'x': {
        if (this.#peek() !== '{') return this.#number(/^[0-9A-Fa-f]{2}/, 16)
        this.#at++
        const digits = this.#until('}')
        const code = /^[0-9A-Fa-f]+$/.test(digits) ? Number.parseInt(digits, 16) : NaN
        if (!(code <= 0x10ffff)) throw invalidPattern(this.#pattern, `\\x{${digits}} is no character`)
        return code
      }
      case 'u': {
        const unit = this.#number(/^[0-9A-Fa-f]{4}/, 16)
        if (unit < 0xd800 || unit > 0xdbff || this.#peek() !== '\\' || this.#peek(1) !== 'u') return unit
        this.#at += 2
        return (unit - 0xd800) * 0x400 + (this.#number(/^[0-9A-Fa-f]{4}/, 16) - 0xdc00) + 0x10000
      }
      case 'c':
        return (this.#next().codePointAt(0) ?? 64) ^ 64
      default:
        if (/^[A-Za-z]$/.test(c)) throw invalidPattern(this.#pattern, `\\${c} has no meaning`)
        return c.codePointAt(0) as number
    }
  }

  /** Digits of our own making sure: the test runs on at most four characters of the pattern. */
  #number(shape: RegExp, base: number): number {
    const digits = shape.exec(this.#chars.slice(this.#at, this.#at + 4).join(''))?.[0]
    if (digits === undefined) throw invalidPattern(this.#pattern, 'an escape lacks its digits')
    this.#at += digits.length
    return Number.parseInt(digits, base)
  }

  #property(negated: boolean, open: string, close: string): string {
    const name = this.#peek() === '{' ? (this.#at++, this.#until('}')) : this.#next()
    const posix = posixClasses.get(name)
    if (posix !== undefined) return open + classText(negated ? complement(posix) : posix) + close
    const value = name.replace(/^(?:Is|script=|sc=|general_category=|gc=)/, '')
    if (!/^[A-Za-z_]+$/.test(value) || name.startsWith('In') || name.startsWith('java') || binaryProperties.has(value)) {
      throw unsupportedPattern(this.#pattern, `the property ${name}`)
    }
    return `\\${negated ? 'P' : 'p'}{${value}}`
  }

  /** A class from after its bracket to the closing one; classes inside are taken in. */
  #class(): string {
    const negated = this.#peek() === '^'
    if (negated) this.#at++
    return `[${negated ? '^' : ''}${this.#classItems(negated)}]`
  }

  #classItems(negated: boolean): string {
    let text = ''
    for (let first = true; ; first = false) {
      const c = this.#next()
      if (c === '') throw invalidPattern(this.#pattern, 'a class is not closed')
      if (c === ']' && !first) return text
      if (c === '&' && this.#peek() === '&') throw unsupportedPattern(this.#pattern, 'the class intersection &&')
      if (c === '[') {
        if (negated || this.#peek() === '^') throw unsupportedPattern(this.#pattern, 'a class inside a negated class, or a negated one inside a class')
        text += this.#classItems(false)
      } else if (c === '-') text += this.#isRange(text) ? '-' : hex(45)
      else if (c !== '\\') text += hex(c.codePointAt(0) as number)
      else if (this.#peek() === 'Q') {
        this.#at++
        for (const q of this.#quoted()) text += hex(q.codePointAt(0) as number)
      } else text += this.#classEscape(this.#next(), '', '')
    }
  }

  /** Whether a hyphen stands between two characters, and not at an end or beside a class. */
  #isRange(before: string): boolean {
    if (!before.endsWith('}') || /\\[pP]\{[^}]*\}$/.test(before)) return false
    const next = this.#peek()
    if (next === ']' || next === '[' || next === '') return false
    return next !== '\\' || !'dDwWsShHvVpP'.includes(this.#peek(1))
  }

  #quoted(): string {
    let text = ''
    while (this.#at < this.#chars.length) {
      if (this.#peek() === '\\' && this.#peek(1) === 'E') {
        this.#at += 2
        break
      }
      text += this.#next()
    }
    return text
  }

  #until(end: string): string {
    const stop = this.#chars.indexOf(end, this.#at)
    if (stop < 0) throw invalidPattern(this.#pattern, `"${end}" is missing`)
    const text = this.#chars.slice(this.#at, stop).join('')
    this.#at = stop + 1
    return text
  }
}

/** Properties with `Is` that are neither a script nor a category. */
const binaryProperties = new Set([
  'Alphabetic', 'Ideographic', 'Letter', 'Lowercase', 'Uppercase', 'Titlecase', 'Punctuation', 'Control', 'White_Space', 'Digit', 'Hex_Digit',
  'Join_Control', 'Noncharacter_Code_Point', 'Assigned', 'Emoji',
])

function literal(c: string): string {
  return /^[A-Za-z0-9]$/.test(c) || c > '\x7f' ? c : hex(c.codePointAt(0) as number)
}
