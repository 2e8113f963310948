import { fail } from './errors.ts'
import { linesOf, type MojoFiles } from './mojo-files.ts'

export const maxColumns = 100_000

/**
 * The `model.ini` of a MOJO:
 *
 *     [info]
 *     key = value          null, true, false, a number, [a, list], or text
 *     [columns]
 *     a name a line        the response last, where there is one
 *     [domains]
 *     3: 12 d000.txt       column, how many categories, the file in domains/ that has them
 *
 * Access checks what is there and throws ML_UNREADABLE with the key. A value of `null` counts as absent.
 */
export class MojoInfo {
  readonly columns: readonly string[]
  readonly domainFiles: ReadonlyMap<number, { readonly count: number; readonly file: string }>
  readonly #values: ReadonlyMap<string, string>

  constructor(files: MojoFiles) {
    const values = new Map<string, string>()
    const columns: string[] = []
    const domainFiles = new Map<number, { count: number; file: string }>()
    let section = ''
    for (const raw of linesOf(files, 'model.ini')) {
      const line = raw.trim()
      if (line === '' || line.startsWith('#')) continue
      if (line === '[info]' || line === '[columns]' || line === '[domains]') section = line
      else if (section === '[info]') addValue(values, line)
      else if (section === '[columns]') columns.push(line)
      else if (section === '[domains]') addDomain(domainFiles, line)
      else throw fail('model.ini does not begin with [info]')
    }
    this.columns = columns
    this.domainFiles = domainFiles
    this.#values = values
    const expected = this.count('n_columns', maxColumns)
    if (columns.length !== expected) throw fail(`model.ini has ${columns.length} columns instead of ${expected}`)
  }

  find(key: string): string | undefined {
    const value = this.#values.get(key)
    return value === 'null' ? undefined : value
  }

  text(key: string): string {
    const value = this.find(key)
    if (value === undefined) throw fail(`model.ini has no "${key}"`)
    return value
  }

  number(key: string, otherwise?: number): number {
    const value = otherwise === undefined ? this.text(key) : this.find(key)
    return value === undefined ? (otherwise ?? NaN) : toNumber(value, key)
  }

  /** A whole number from 0 to `max`. */
  count(key: string, max: number, otherwise?: number): number {
    const n = this.number(key, otherwise)
    if (!Number.isInteger(n) || n < 0 || n > max) throw fail(`"${key}" of model.ini is ${n}, which is not a whole number from 0 to ${max}`)
    return n
  }

  boolean(key: string, otherwise?: boolean): boolean {
    const value = otherwise === undefined ? this.text(key) : (this.find(key) ?? String(otherwise))
    if (value !== 'true' && value !== 'false') throw fail(`"${key}" of model.ini is ${JSON.stringify(value)}, neither true nor false`)
    return value === 'true'
  }

  /** A list of numbers; undefined when the key is absent. */
  findNumbers(key: string): Float64Array | undefined {
    const value = this.find(key)
    if (value === undefined) return undefined
    if (!value.startsWith('[') || !value.endsWith(']')) throw fail(`"${key}" of model.ini is not a list of numbers`)
    const inner = value.slice(1, -1)
    if (inner.trim() === '') return new Float64Array(0)
    return Float64Array.from(inner.split(','), item => toNumber(item.trim(), key))
  }

  numbers(key: string, length?: number): Float64Array {
    const list = this.findNumbers(key)
    if (list === undefined) throw fail(`model.ini has no "${key}"`)
    if (length !== undefined && list.length !== length) throw fail(`"${key}" of model.ini has ${list.length} numbers instead of ${length}`)
    return list
  }

  /** Whole numbers that fit into 32 bits with a sign. */
  int32s(key: string, length?: number): Int32Array {
    const list = this.numbers(key, length)
    return Int32Array.from(list, n => {
      if ((n | 0) !== n) throw fail(`"${key}" of model.ini has ${n}, which is no whole number of 32 bits`)
      return n
    })
  }
}

function addValue(values: Map<string, string>, line: string): void {
  const at = line.indexOf('=')
  if (at < 0) throw fail(`model.ini has a line without "=" in [info]: ${JSON.stringify(line.slice(0, 80))}`)
  values.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
}

function addDomain(domains: Map<number, { count: number; file: string }>, line: string): void {
  const found = /^(\d{1,9}):\s*(\d{1,9}) (.+)$/.exec(line)
  if (found === null) throw fail(`model.ini has a line in [domains] that names no file: ${JSON.stringify(line.slice(0, 80))}`)
  domains.set(Number(found[1]), { count: Number(found[2]), file: found[3] })
}

const numeric = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|Infinity|NaN)$/

function toNumber(text: string, key: string): number {
  if (!numeric.test(text)) throw fail(`"${key}" of model.ini has ${JSON.stringify(text.slice(0, 40))}, which is no number`)
  return Number(text.replace(/^[+-]?NaN$/, 'NaN'))
}
