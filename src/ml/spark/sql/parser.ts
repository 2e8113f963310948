import {
  binaryType, booleanType, type DataType, dateType, float64Type, int32Type, int64Type, nullType, stringType, timestampType,
} from '../../../columnar/data-type.ts'
import { exprText } from '../../../expr/expression-text.ts'
import type { CallExpr, Expr } from '../../../expr/expr.ts'
import { makeLiteral } from '../../../expr/literal.ts'
import type { Token } from './lexer.ts'
import { TokenReader } from './token-reader.ts'

/** One column of SELECT: all that there are, or an expression under a name. */
export type SelectItem = { readonly kind: 'star' } | { readonly kind: 'expression'; readonly name: string; readonly expr: Expr }

/** What an SQLTransformer does: SELECT … FROM __THIS__ [WHERE …]. */
export interface Statement {
  readonly items: readonly SelectItem[]
  readonly where: Expr | null
}

const maxDepth = 100

/**
 * Parses the statement of an SQLTransformer: expressions over the columns of one row. Column names are resolved by
 * `columnOf`, which also knows whether a name is a column.
 * @throws what `fail` builds, naming what is not supported
 */
export function parseStatement(text: string, columnOf: (name: string) => string, fail: (what: string) => Error): Statement {
  return new Parser(text, columnOf, fail).statement()
}

const types: Readonly<Record<string, DataType>> = {
  boolean: booleanType, tinyint: int32Type, byte: int32Type, smallint: int32Type, short: int32Type, int: int32Type, integer: int32Type, bigint: int64Type, long: int64Type,
  double: float64Type, string: stringType, varchar: stringType,
  char: stringType, binary: binaryType, date: dateType, timestamp: timestampType,
}

const comparisons: Readonly<Record<string, string>> = { '=': '=', '==': '=', '<>': '<>', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=', '<=>': '<=>' }

/** Binary operators by how tightly they bind, the loosest first. */
const levels: readonly Readonly<Record<string, string>>[] = [
  { '|': '|' }, { '^': '^' }, { '&': '&' }, { '+': '+', '-': '-', '||': 'concat' }, { '*': '*', '/': '/', '%': '%', DIV: 'div' },
]

function call(name: string, ...args: Expr[]): CallExpr {
  return { kind: 'call', name, args }
}

class Parser extends TokenReader {
  readonly #columnOf: (name: string) => string
  #depth = 0
  #tables: readonly string[] = ['__THIS__']

  constructor(text: string, columnOf: (name: string) => string, fail: (what: string) => Error) {
    super(text, fail)
    this.#columnOf = columnOf
  }

  statement(): Statement {
    this.expectWord('SELECT')
    if (this.word('DISTINCT')) throw this.fail('SELECT DISTINCT, which looks at more than one row')
    const alias = this.#tableAlias()
    if (alias !== undefined) this.#tables = [...this.#tables, alias]
    const items = [this.#item()]
    while (this.symbol(',')) items.push(this.#item())
    this.expectWord('FROM')
    if (this.next().text.toUpperCase() !== '__THIS__') throw this.fail('another table than __THIS__')
    if (this.word('AS') || alias !== undefined) this.next()
    const where = this.word('WHERE') ? this.#expression() : null
    const end = this.peek()
    if (end.kind !== 'end') throw this.fail(`${end.text.toUpperCase()} at position ${end.at}`)
    return { items, where }
  }

  /** The name that the table is given after FROM, which columns may be qualified with before it. */
  #tableAlias(): string | undefined {
    const from = this.tokens.findIndex(t => t.kind === 'word' && t.text.toUpperCase() === '__THIS__' && this.tokens[this.tokens.indexOf(t) - 1]?.text.toUpperCase() === 'FROM')
    if (from < 0) return undefined
    const next = this.tokens[from + 1].text.toUpperCase() === 'AS' ? this.tokens[from + 2] : this.tokens[from + 1]
    const isName = next !== undefined && (next.kind === 'quoted' || (next.kind === 'word' && !['WHERE', 'GROUP', 'ORDER', 'LIMIT', 'HAVING', 'JOIN', 'LEFT', 'INNER', 'CROSS', 'UNION', 'LATERAL', 'SORT', 'DISTRIBUTE', 'CLUSTER', 'TABLESAMPLE', 'WINDOW'].includes(next.text.toUpperCase())))
    return isName ? next.text : undefined
  }

  #item(): SelectItem {
    if (this.symbol('*')) return { kind: 'star' }
    const [table, dot, star] = this.tokens.slice(this.at, this.at + 3)
    if (this.#isTable(table) && dot.text === '.' && star.text === '*') {
      this.at += 3
      return { kind: 'star' }
    }
    const expr = this.#expression()
    const isNamed = this.word('AS') || this.peek().kind === 'quoted' || (this.peek().kind === 'word' && this.peek().text.toUpperCase() !== 'FROM')
    return { kind: 'expression', name: isNamed ? this.name() : nameOf(expr), expr }
  }

  #isTable(token: Token): boolean {
    return (token.kind === 'word' || token.kind === 'quoted') && this.#tables.some(t => t.toUpperCase() === token.text.toUpperCase())
  }

  #expression(): Expr {
    if (++this.#depth > maxDepth) throw this.fail(`an expression nested more than ${maxDepth} deep`)
    let left = this.#conjunction()
    while (this.word('OR')) left = call('or', left, this.#conjunction())
    this.#depth--
    return left
  }

  #conjunction(): Expr {
    let left = this.#negation()
    while (this.word('AND')) left = call('and', left, this.#negation())
    return left
  }

  #negation(): Expr {
    let isNegated = false
    while (this.word('NOT') || this.symbol('!')) isNegated = !isNegated
    const predicate = this.#predicate()
    return isNegated ? call('not', predicate) : predicate
  }

  #predicate(): Expr {
    let left = this.#binary(0)
    for (;;) {
      const comparison = this.peek().kind === 'symbol' && Object.hasOwn(comparisons, this.peek().text) ? comparisons[this.next().text] : undefined
      if (comparison !== undefined) {
        left = call(comparison, left, this.#binary(0))
        continue
      }
      const start = this.at
      const isNegated = this.word('NOT')
      const test = this.#test(left)
      if (test === undefined) {
        this.at = start
        return left
      }
      left = isNegated ? call('not', test) : test
    }
  }

  /** BETWEEN, IN, LIKE, RLIKE, IS; undefined when none of them follows. */
  #test(left: Expr): Expr | undefined {
    if (this.word('BETWEEN')) {
      const low = this.#binary(0)
      this.expectWord('AND')
      return call('between', left, low, this.#binary(0))
    }
    if (this.word('IN')) {
      this.expectSymbol('(')
      if (this.peek().text.toUpperCase() === 'SELECT') throw this.fail('a subquery')
      return call('in', left, ...this.#arguments())
    }
    for (const [word, name] of [['LIKE', 'like'], ['ILIKE', 'ilike'], ['RLIKE', 'rlike'], ['REGEXP', 'rlike']]) {
      if (this.word(word)) return call(name, left, this.#binary(0))
    }
    return this.word('IS') ? this.#is(left) : undefined
  }

  #is(left: Expr): Expr {
    const isNegated = this.word('NOT')
    const test = this.word('NULL') ? call('isnull', left)
      : this.word('TRUE') ? call('<=>', left, makeLiteral(true, booleanType))
      : this.word('FALSE') ? call('<=>', left, makeLiteral(false, booleanType))
      : undefined
    if (test === undefined) throw this.unexpected()
    return isNegated ? call('not', test) : test
  }

  #binary(level: number): Expr {
    if (level === levels.length) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const { kind, text } = this.peek()
      const symbol = kind === 'symbol' ? text : kind === 'word' ? text.toUpperCase() : ''
      if (!Object.hasOwn(levels[level], symbol)) return left
      this.at++
      left = call(levels[level][symbol], left, this.#binary(level + 1))
    }
  }

  #unary(): Expr {
    if (this.symbol('-')) {
      const { kind, text } = this.peek()
      if (kind === 'number') {
        this.at++
        return this.#postfix(this.#number(`-${text}`))
      }
      return call('negative', this.#nested(() => this.#unary()))
    }
    if (this.symbol('+')) return this.#nested(() => this.#unary())
    if (this.symbol('~')) return call('~', this.#nested(() => this.#unary()))
    return this.#postfix(this.#primary())
  }

  #nested(parse: () => Expr): Expr {
    if (++this.#depth > maxDepth) throw this.fail(`an expression nested more than ${maxDepth} deep`)
    const expr = parse()
    this.#depth--
    return expr
  }

  #postfix(start: Expr): Expr {
    let expr = start
    for (;;) {
      if (this.symbol('::')) expr = this.#castTo(expr, 'ansi')
      else if (this.symbol('[')) {
        expr = call('element', expr, this.#expression())
        this.expectSymbol(']')
      } else if (this.symbol('.')) expr = { kind: 'field', input: expr, name: this.name() }
      else return expr
    }
  }

  #primary(): Expr {
    const token = this.next()
    switch (token.kind) {
      case 'number':
        return this.#number(token.text)
      case 'string': {
        let text = token.text
        while (this.peek().kind === 'string') text += this.next().text
        return makeLiteral(text, stringType)
      }
      case 'quoted':
        return this.#column(token)
      case 'word':
        return this.#wordExpression(token)
      case 'symbol':
        if (token.text !== '(') break
        {
          const expr = this.#expression()
          this.expectSymbol(')')
          return expr
        }
    }
    throw this.unexpected(undefined, token)
  }

  #wordExpression(token: Token): Expr {
    const word = token.text.toUpperCase()
    const next = this.peek()
    switch (word) {
      case 'NULL':
        return makeLiteral(null, nullType)
      case 'TRUE':
      case 'FALSE':
        return makeLiteral(word === 'TRUE', booleanType)
      case 'CASE':
        return this.#case()
      case 'SELECT':
      case 'EXISTS':
        throw this.fail('a subquery')
      case 'INTERVAL':
        throw this.fail('an INTERVAL')
      case 'DATE':
      case 'TIMESTAMP':
        if (next.kind === 'string') return { kind: 'cast', input: makeLiteral(this.next().text, stringType), to: types[word.toLowerCase()], mode: 'ansi' }
        break
      case 'CAST':
      case 'TRY_CAST':
        if (next.text === '(') return this.#cast(word === 'CAST' ? 'ansi' : 'try')
    }
    if (next.text !== '(' || next.kind !== 'symbol') return this.#column(token)
    this.at++
    return this.#function(token.text.toLowerCase())
  }

  #function(name: string): Expr {
    if (this.word('DISTINCT')) throw this.fail(`the aggregate ${name}(DISTINCT …)`)
    const args = this.symbol(')') ? [] : this.#arguments()
    if (this.peek().text.toUpperCase() === 'OVER') throw this.fail(`${name}() OVER a window`)
    return call(name, ...args)
  }

  /** Up to the closing parenthesis. */
  #arguments(): Expr[] {
    const args = [this.#expression()]
    while (this.symbol(',')) args.push(this.#expression())
    this.expectSymbol(')')
    return args
  }

  #case(): Expr {
    const subject = this.peek().text.toUpperCase() === 'WHEN' ? null : this.#expression()
    const branches: { when: Expr; then: Expr }[] = []
    while (this.word('WHEN')) {
      const condition = this.#expression()
      this.expectWord('THEN')
      branches.push({ when: subject === null ? condition : call('=', subject, condition), then: this.#expression() })
    }
    const otherwise = this.word('ELSE') ? this.#expression() : null
    this.expectWord('END')
    if (branches.length === 0) throw this.unexpected()
    return { kind: 'case', branches, otherwise }
  }

  #cast(mode: 'ansi' | 'try'): Expr {
    this.expectSymbol('(')
    const input = this.#expression()
    this.expectWord('AS')
    const expr = this.#castTo(input, mode)
    this.expectSymbol(')')
    return expr
  }

  /** The type follows. A decimal is a double that is rounded as the decimal would be; varchar(n) and char(n) are text. */
  #castTo(input: Expr, mode: 'ansi' | 'try'): Expr {
    const name = this.name().toLowerCase()
    const numbers: number[] = []
    if (this.symbol('(')) {
      do numbers.push(Number(this.next().text))
      while (this.symbol(','))
      this.expectSymbol(')')
    }
    if (['decimal', 'dec', 'numeric'].includes(name)) {
      return call('round', { kind: 'cast', input, to: float64Type, mode }, makeLiteral(numbers[1] ?? 0, int32Type))
    }
    if (!Object.hasOwn(types, name)) throw this.fail(`a cast to ${name}`)
    return { kind: 'cast', input, to: types[name], mode }
  }

  /** Decimals become doubles: there is no decimal type here. */
  #number(text: string): Expr {
    const digits = text.replace(/(BD|[LlDdFfSsYy])$/, '')
    const suffix = text.slice(digits.length).toUpperCase()
    if (/^-?\d+$/.test(digits) && !['D', 'F', 'BD'].includes(suffix)) {
      const value = Number(digits)
      if (suffix !== 'L' && value === (value | 0)) return makeLiteral(value, int32Type)
      if (BigInt.asIntN(64, BigInt(digits)) === BigInt(digits)) return makeLiteral(digits, int64Type)
    }
    return makeLiteral(Number(digits), float64Type)
  }

  #column(token: Token): Expr {
    if (this.#isTable(token) && this.peek().text === '.') {
      this.at++
      return { kind: 'column', name: this.#columnOf(this.name()) }
    }
    return { kind: 'column', name: this.#columnOf(token.text) }
  }
}

/** What Spark calls a column without a name. */
function nameOf(expr: Expr): string {
  return expr.kind === 'column' || expr.kind === 'field' ? expr.name : exprText(expr)
}
