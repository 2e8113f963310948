import { arrayType, describeType, stringType } from '../../columnar/data-type.ts'
import { VectorBuilder } from '../../columnar/builder.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import { wrongInputType } from '../errors.ts'
import type { Batch } from './batch.ts'
import type { ColumnType, PlannedColumn, Planner } from './planner.ts'
import type { StageContext } from './stage.ts'

export const textListType = arrayType(stringType)
export const textListColumn: ColumnType = { kind: 'values', type: textListType }

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The words of every row, as bytes: row i has the words offsets[i] .. offsets[i + 1] of `words`. */
export interface TextLists {
  readonly offsets: Int32Array
  readonly words: BytesReader
}

/** A column of lists of words. Rows without a list are refused and have no words. */
export function textLists(batch: Batch, column: PlannedColumn, stage: string): TextLists {
  const v = batch.vector(column, 'list of strings')
  if (v.type.kind === 'null') return refuseAll(batch, column, stage)
  const child = v.children[0]
  if (v.type.kind !== 'array' || (child.type.kind !== 'string' && child.length > 0)) throw wrongInputType(column.name, 'list of strings', describeType(v.type))
  if (child.type.kind !== 'string') return { offsets: new Int32Array(batch.rows + 1), words: new BytesReader(new VectorBuilder(stringType).finish()) }
  for (let row = 0; v.validity !== null && row < batch.rows; row++) {
    if (isNullAt(v, row)) batch.refuse(row, () => `${stage} found no list in column "${column.name}".`)
  }
  return { offsets: v.offsets as Int32Array, words: new BytesReader(child) }
}

function refuseAll(batch: Batch, column: PlannedColumn, stage: string): TextLists {
  for (let row = 0; row < batch.rows; row++) batch.refuse(row, () => `${stage} found no list in column "${column.name}".`)
  return { offsets: new Int32Array(batch.rows + 1), words: new BytesReader(new VectorBuilder(stringType).finish()) }
}

export function wordAt({ words }: TextLists, i: number): string {
  return decoder.decode(words.bytes.subarray(words.start(i), words.end(i)))
}

/** Plans a stage that makes a list of words of a text. A row without text is refused. */
export function tokenize(stage: StageContext, split: (text: string) => readonly string[]): void {
  const { input, output } = planned(stage, stage.planner)
  stage.planner.takesText(input)
  stage.planner.step({
    inputs: [input],
    outputs: [output],
    run(batch) {
      const v = batch.vector(input, 'string')
      if (v.type.kind !== 'string' && v.type.kind !== 'null') throw wrongInputType(input.name, 'string', describeType(v.type))
      const reader = v.type.kind === 'null' ? null : new BytesReader(v)
      batch.set(output, buildLists(batch.rows, row => {
        if (reader !== null && !isNullAt(v, row)) return split(decoder.decode(reader.bytes.subarray(reader.start(row), reader.end(row))))
        batch.refuse(row, () => `${stage.name} found no text in column "${input.name}".`)
        return []
      }))
    },
  })
}

/** Plans a stage that makes other words of the words of each row. */
export function mapWords(stage: StageContext, change: (words: readonly string[]) => readonly string[]): void {
  const { params, planner } = stage
  const inputs = params.columns('inputCol', 'inputCols')
  const outputs = params.columns('outputCol', 'outputCols')
  if (inputs.length !== outputs.length) throw stage.extra.wrong('has columns without outputs')
  inputs.forEach((name, k) => {
    const input = planner.use(name)
    const output = planner.add(outputs[k], textListColumn)
    planner.step({
      inputs: [input],
      outputs: [output],
      run(batch) {
        const lists = textLists(batch, input, stage.name)
        batch.set(output, buildLists(batch.rows, row => {
          const words: string[] = []
          for (let w = lists.offsets[row]; w < lists.offsets[row + 1]; w++) words.push(wordAt(lists, w))
          return change(words)
        }))
      },
    })
  })
}

function planned({ params }: StageContext, planner: Planner): { input: PlannedColumn; output: PlannedColumn } {
  return { input: planner.use(params.get('inputCol').text()), output: planner.add(params.get('outputCol').text(), textListColumn) }
}

function buildLists(rows: number, wordsOf: (row: number) => readonly string[]): Vector {
  const builder = new VectorBuilder(textListType, Math.max(8, rows))
  const words = builder.children[0]
  for (let row = 0; row < rows; row++) {
    for (const word of wordsOf(row)) words.appendString(word)
    builder.appendList()
  }
  return builder.finish()
}
