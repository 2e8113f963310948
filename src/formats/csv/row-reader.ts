import type { VectorBuilder } from '../../columnar/builder.ts'
import { describeType, type Field } from '../../columnar/data-type.ts'
import { TextReader } from '../../columnar/text/text-reader.ts'
import { RecordFault } from '../bad-record.ts'
import { quoteBytes } from '../quotation.ts'
import { whyRefused } from '../refused-value.ts'
import { FieldScanner } from './field-scanner.ts'
import type { ResolvedCsvOptions } from './options.ts'

/** One column of the schema and where its values go. */
export interface ColumnPlan {
  readonly field: Field
  readonly builder: VectorBuilder
  readonly description: string
}

export function columnPlan(field: Field, builder: VectorBuilder): ColumnPlan {
  return { field, builder, description: `column "${field.name}" (${describeType(field.type)})` }
}

const utf8 = new TextDecoder()

/**
 * Reads one CSV record straight into column builders. The methods answer the position behind the record's newline. A
 * record that cannot be read leaves the builders half filled; the caller cuts them back.
 */
export class RowReader {
  readonly #scanner: FieldScanner
  readonly #text = new TextReader()
  readonly #nullText: Uint8Array
  readonly #fault = new RecordFault()

  constructor(options: ResolvedCsvOptions) {
    this.#scanner = new FieldScanner(options, this.#fault)
    this.#nullText = new TextEncoder().encode(options.nullValue)
  }

  /** Newlines inside of fields read so far. */
  get newlines(): number {
    return this.#scanner.newlines
  }

  /**
   * `fields` has the column of each field, null where nobody wants it.
   * @throws RecordFault
   */
  values(fields: readonly (ColumnPlan | null)[], bytes: Uint8Array, start: number, limit: number): number {
    const scanner = this.#scanner
    let at = start
    let count = 0
    // The number of fields is the better reason: behind a missing delimiter every value looks wrong.
    let reason = ''
    do {
      at = scanner.next(bytes, at, limit)
      const plan = count < fields.length ? fields[count] : null
      count++
      if (plan !== null && reason === '') reason = this.#value(plan)
    } while (!scanner.lastOfRecord)
    if (count !== fields.length) throw this.#fault.because(`it has ${count} ${count === 1 ? 'field' : 'fields'} where ${fields.length} are wanted`)
    if (reason !== '') throw this.#fault.because(reason)
    return at
  }

  /**
   * Reads a record as text, for the header.
   * @throws RecordFault
   */
  names(bytes: Uint8Array, start: number, limit: number, names: string[]): number {
    const scanner = this.#scanner
    let at = start
    do {
      at = scanner.next(bytes, at, limit)
      names.push(utf8.decode(scanner.source.subarray(scanner.start, scanner.end)))
    } while (!scanner.lastOfRecord)
    return at
  }

  /** The scanner's field into the column; answers why it cannot be, or nothing. */
  #value(plan: ColumnPlan): string {
    const { source, start, end, quoted } = this.#scanner
    const { builder, field } = plan
    const isNull = quoted ? start === end && field.type.kind !== 'string' : this.#isNull(source, start, end)
    if (isNull) {
      if (!field.nullable) return `${plan.description} is null`
      builder.appendNull()
      return ''
    }
    return this.#text.append(builder, source, start, end) ? '' : `${plan.description} cannot hold ${quoteBytes(source, start, end)}${whyRefused(field.type, utf8.decode(source.subarray(start, Math.min(end, start + 100))))}`
  }

  #isNull(bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.#nullText
    if (end - start !== text.length) return false
    for (let k = 0; k < text.length; k++) if (bytes[start + k] !== text[k]) return false
    return true
  }
}
