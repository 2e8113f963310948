import { javaDoubleText } from '../../../columnar/text/java-double.ts'
import { describeType } from '../../../columnar/data-type.ts'
import { BytesReader, isNullAt, type Vector } from '../../../columnar/vector.ts'
import { getBit } from '../../../columnar/bitmap.ts'
import { option, optionTable } from '../../../common/options.ts'
import { wrongInputType } from '../../errors.ts'
import { savedTextLists } from '../../spark/write/saved-table.ts'
import type { FitData } from '../fit-data.ts'
import { checkColumns, columnParams, defineStage, handleInvalidOption, inputsOf } from '../stage-definition.ts'

const orders = ['frequencyDesc', 'frequencyAsc', 'alphabetDesc', 'alphabetAsc'] as const

/** StringIndexer: the different texts of a column, by how often they are there. Equally frequent ones are in order of the alphabet. */
export const stringIndexer = defineStage({
  name: 'StringIndexer',
  className: 'feature.StringIndexerModel',
  params: optionTable({
    ...columnParams,
    handleInvalid: handleInvalidOption,
    stringOrderType: option.oneOf(orders, 'frequencyDesc', 'The order of the labels, the first of which becomes 0.'),
  }),
  check: params => checkColumns('StringIndexer', params),
  fit(data, params) {
    const labels = inputsOf(params).map(name => inOrder(counts(data, name), params.stringOrderType))
    return { columns: [{ name: 'labelsArray', type: savedTextLists, values: [labels] }] }
  },
})

function inOrder(found: ReadonlyMap<string, number>, order: (typeof orders)[number]): string[] {
  // As Java compares strings: by UTF-16 code units, which is what < does.
  const alphabet = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  const entries = [...found]
  switch (order) {
    case 'frequencyDesc':
      return entries.sort((a, b) => b[1] - a[1] || alphabet(a[0], b[0])).map(e => e[0])
    case 'frequencyAsc':
      return entries.sort((a, b) => a[1] - b[1] || alphabet(a[0], b[0])).map(e => e[0])
    case 'alphabetDesc':
      return entries.map(e => e[0]).sort((a, b) => alphabet(b, a))
    case 'alphabetAsc':
      return entries.map(e => e[0]).sort(alphabet)
  }
}

function counts(data: FitData, name: string): ReadonlyMap<string, number> {
  const column = data.column(name, 'StringIndexer')
  const found = new Map<string, number>()
  for (const block of data.blocks) {
    const v = block.vector(column, 'category')
    const textOf = textReader(v, name)
    for (let row = 0; row < block.rows; row++) {
      if (!block.isLive(row) || isNullAt(v, row)) continue
      const text = textOf(row)
      found.set(text, (found.get(text) ?? 0) + 1)
    }
  }
  return found
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A value as Spark's cast to string writes it. */
function textReader(v: Vector, name: string): (row: number) => string {
  switch (v.type.kind) {
    case 'string': {
      const reader = new BytesReader(v)
      return row => decoder.decode(reader.bytes.subarray(reader.start(row), reader.end(row)))
    }
    case 'boolean':
      return row => String(getBit(v.values as Uint8Array, row))
    case 'float64':
      return row => javaDoubleText((v.values as Float64Array)[row])
    case 'int32':
    case 'integer':
    case 'int64':
      return row => String(v.values?.[row])
    case 'null':
      return () => ''
    default:
      throw wrongInputType(name, 'category', describeType(v.type))
  }
}
