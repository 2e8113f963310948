import { clearBit, newBitmap, type Bitmap } from '../../../columnar/bitmap.ts'
import { arrayType, describeType, float64Type, stringType } from '../../../columnar/data-type.ts'
import { javaDoubleText } from '../../../columnar/text/java-double.ts'
import { BytesReader, isNullAt, type Vector } from '../../../columnar/vector.ts'
import { CategoryIndex } from '../../category-index.ts'
import { wrongInputType } from '../../errors.ts'
import type { Batch } from '../batch.ts'
import type { PlannedColumn } from '../planner.ts'
import { handleInvalidChoices, type StageContext } from '../stage.ts'
import { listAt, readTable, strings } from '../tables.ts'

type HandleInvalid = (typeof handleInvalidChoices)[number]

/**
 * StringIndexerModel: the position of a text among the labels. A number is looked up as Spark's cast to string writes it,
 * `1.0` for a double and `1` for a whole number; where the other writing is the label, that counts, as rows out of JSON
 * do not tell the two apart. A column that is not given at all is left out, as in Spark: its index is null.
 */
export async function stringIndexerModel(stage: StageContext): Promise<void> {
  const { params, planner } = stage
  const inputs = params.columns('inputCol', 'inputCols')
  const outputs = params.columns('outputCol', 'outputCols')
  const handleInvalid = params.choice('handleInvalid', handleInvalidChoices, 'error')
  const labels = await readLabels(stage)
  if (labels.length !== inputs.length || outputs.length !== inputs.length) throw stage.extra.wrong('has columns without labels')
  const columns = inputs.map((name, k) => {
    const values = handleInvalid === 'keep' ? [...labels[k], '__unknown'] : labels[k]
    const input = planner.use(name)
    if (labels[k].some(label => Number.isNaN(Number(label)) && label !== 'NaN')) planner.takesText(input)
    return { input, labels: labels[k], index: new CategoryIndex(labels[k]), values }
  })
  const planned = columns.map(({ input, values }, k) => ({
    input, output: planner.add(outputs[k], { kind: 'values', type: float64Type }, [{ name: outputs[k], count: values.length, values }]),
  }))
  planned.forEach(({ input, output }, k) => {
    const { index, labels: known } = columns[k]
    planner.step({
      inputs: [input],
      outputs: [output],
      drops: handleInvalid === 'skip',
      isLenient: true,
      run: batch => indexColumn(batch, input, output, { index, unknown: known.length, handleInvalid, stage: stage.name }),
    })
  })
}

async function readLabels({ directory }: StageContext): Promise<string[][]> {
  const table = await readTable(directory.child('data'), [['labelsArray', arrayType(arrayType(stringType))], ['labels', arrayType(stringType)]])
  const many = table.single.optional('labelsArray')
  if (many === undefined) return [listOfStrings(table.required('labels'), 0)]
  const outer = listAt(many, 0)
  return Array.from({ length: outer.to - outer.from }, (_, k) => listOfStrings(outer.child, outer.from + k))
}

export function listOfStrings(v: Vector, row: number): string[] {
  const { child, from, to } = listAt(v, row)
  return strings(child).slice(from, to)
}

interface Indexing {
  readonly index: CategoryIndex
  /** What an unknown one gets where it is kept. */
  readonly unknown: number
  readonly handleInvalid: HandleInvalid
  readonly stage: string
}

function indexColumn(batch: Batch, input: PlannedColumn, output: PlannedColumn, how: Indexing): void {
  const v = batch.vector(input, 'category')
  const values = new Float64Array(batch.rows)
  // Not there, or there without a value in any row: one and the same here, and where invalid ones are kept no difference.
  if (v.type.kind === 'null' && how.handleInvalid !== 'keep') {
    batch.setNumbers(output, values, newBitmap(batch.rows, false))
    return
  }
  const codeOf = v.type.kind === 'null' ? () => -1 : lookup(batch, input, v, how.index)
  let validity: Bitmap | null = null
  for (let row = 0; row < batch.rows; row++) {
    const missing = isNullAt(v, row)
    const code = missing ? -1 : codeOf(row)
    if (code >= 0) values[row] = code
    else if (how.handleInvalid === 'keep') values[row] = how.unknown
    else {
      validity ??= newBitmap(batch.rows, true)
      clearBit(validity, row)
      if (how.handleInvalid === 'skip') batch.drop(row)
      else batch.refuse(row, () => (missing ? `${how.stage} found no value in column "${input.name}".` : `${how.stage} has no label "${textAt(v, row)}" for column "${input.name}".`))
    }
  }
  batch.setNumbers(output, values, validity)
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

function textAt(v: Vector, row: number): string {
  if (v.type.kind !== 'string') return String(v.values?.[row])
  const reader = new BytesReader(v)
  return decoder.decode(reader.bytes.subarray(reader.start(row), reader.end(row)))
}

/** Finds a row's code. Text of a dictionary is looked up once per entry, a number once per value that follows itself. */
function lookup(batch: Batch, input: PlannedColumn, v: Vector, index: CategoryIndex): (row: number) => number {
  const find = (text: string): number => {
    const bytes = encoder.encode(text)
    return index.codeOf(bytes, 0, bytes.length)
  }
  switch (v.type.kind) {
    case 'string': {
      const reader = new BytesReader(v)
      const known = v.dictionary === null ? null : new Int32Array(v.dictionary.length).fill(-2)
      return row => {
        if (known === null) return index.codeOf(reader.bytes, reader.start(row), reader.end(row))
        const entry = reader.index(row)
        if (known[entry] === -2) known[entry] = index.codeOf(reader.bytes, reader.start(row), reader.end(row))
        return known[entry]
      }
    }
    case 'boolean': {
      const [no, yes] = [find('false'), find('true')]
      const { values } = batch.numbers(input)
      return row => (values[row] === 1 ? yes : no)
    }
    case 'int32':
    case 'integer':
    case 'int64':
    case 'float64': {
      const { values } = batch.numbers(input)
      const isDouble = v.type.kind === 'float64'
      const codes = new Map<number, number>()
      return row => {
        const x = values[row]
        let code = codes.get(x)
        if (code === undefined || x === 0) {
          code = find(isDouble ? javaDoubleText(x) : String(x))
          if (code < 0 && Number.isSafeInteger(x)) code = find(isDouble ? String(x) : javaDoubleText(x))
          codes.set(x, code)
        }
        return code
      }
    }
    default:
      throw wrongInputType(input.name, 'category', describeType(v.type))
  }
}
