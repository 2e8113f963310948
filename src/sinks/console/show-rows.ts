import { getBit } from '../../columnar/bitmap.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { writeTimestamp } from '../../columnar/text/timestamp-text.ts'
import { dateText, stringAt } from '../../columnar/values.ts'
import { isNullAt, type Vector } from '../../columnar/vector.ts'

export interface ShowOptions {
  readonly numRows: number
  /** Longer values are cut to this many characters; 0: none is. */
  readonly truncate: number
}

/** Rows as a table of plain text, laid out as Spark's show(): at most numRows, and a line when there are more. */
export function showRows(schema: Schema, batches: readonly RecordBatch[], totalRows: number, options: ShowOptions): string {
  const { numRows, truncate } = options
  const cells: string[][] = [schema.fields.map(f => escapeControls(f.name))]
  for (const batch of batches) {
    for (let i = 0; i < batch.numRows && cells.length <= numRows; i++) {
      cells.push(batch.columns.map(column => cut(escapeControls(showValue(column, i)), truncate)))
    }
  }
  const widths = schema.fields.map((_, k) => Math.max(3, ...cells.map(row => widthOf(row[k]))))
  const rule = `+${widths.map(w => '-'.repeat(w)).join('+')}+\n`
  const line = (row: readonly string[]): string =>
    `|${row.map((cell, k) => (truncate > 0 ? ' '.repeat(widths[k] - widthOf(cell)) + cell : cell + ' '.repeat(widths[k] - widthOf(cell)))).join('|')}|\n`
  const body = cells.slice(1).map(line).join('')
  const more = totalRows > numRows ? `only showing top ${numRows} row${numRows === 1 ? '' : 's'}\n` : ''
  return `${rule}${line(cells[0])}${rule}${body}${rule}${more}`
}

/** A value as text: text as it is, lists in brackets, structs in braces, instants in UTC. */
function showValue(v: Vector, i: number): string {
  if (isNullAt(v, i)) return 'NULL'
  const { type } = v
  switch (type.kind) {
    case 'null':
      return 'NULL'
    case 'boolean':
      return String(getBit(v.values as Uint8Array, i))
    case 'int32':
    case 'int64':
    case 'integer':
    case 'float64':
      return String((v.values as Int32Array)[i])
    case 'string':
      return stringAt(v, i)
    case 'date':
      return dateText((v.values as Int32Array)[i])
    case 'timestamp': {
      const out = new ByteWriter(40)
      writeTimestamp(out, (v.values as Float64Array)[i])
      return new TextDecoder().decode(out.take()).replace('T', ' ').replace('Z', '')
    }
    case 'binary': {
      const offsets = v.offsets as Int32Array
      const hex = Buffer.from((v.values as Uint8Array).subarray(offsets[i], offsets[i + 1])).toString('hex').toUpperCase()
      return `[${hex.replace(/(..)(?=.)/g, '$1 ')}]`
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      const items: string[] = []
      for (let k = offsets[i]; k < offsets[i + 1]; k++) items.push(showValue(v.children[0], k))
      return `[${items.join(', ')}]`
    }
    case 'struct':
      return `{${v.children.map(child => showValue(child, i)).join(', ')}}`
    case 'vector':
      return `[${Array.from((v.values as Float64Array).subarray(i * type.size, (i + 1) * type.size)).join(',')}]`
  }
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\b': '\\b' }

/** Data must not be able to move the cursor or change the colours of a terminal. */
function escapeControls(text: string): string {
  return text.replace(/\p{Cc}/gu, c => named[c] ?? `\\u${(c.codePointAt(0) as number).toString(16).padStart(4, '0')}`)
}

function cut(text: string, truncate: number): string {
  if (truncate <= 0 || text.length <= truncate) return text
  const chars = [...text]
  if (chars.length <= truncate) return text
  return truncate < 4 ? chars.slice(0, truncate).join('') : `${chars.slice(0, truncate - 3).join('')}...`
}

/** Columns on a terminal: wide characters of East Asian scripts take two. */
function widthOf(text: string): number {
  let n = 0
  for (const c of text) n += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(c) ? 2 : 1
  return n
}
