import { field } from '../../columnar/data-type.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema } from '../../columnar/schema.ts'
import type { FileSystem } from '../../common/file-system.ts'
import { guessJsonlColumns } from '../../formats/jsonl/infer-jsonl-schema.ts'
import type { ExtraOutput, Model, ModelOutput, RefusedRow } from '../model.ts'
import { readChunks, type RowChunk } from './jsonl-chunks.ts'
import { planInputs, rowId } from './input-plan.ts'

/** Answers for consecutive records, in their order: rows of `scores`, refusals, and rows that the model dropped. */
export interface ScoredChunk {
  readonly scores: RecordBatch
  /** Per record: the row of `scores`, −1 for one that the model dropped, or why it was refused. */
  readonly records: readonly (number | string)[]
}

/**
 * Outputs under the names of the model's library; without such names all that are not extra. What costs more is there
 * only when it was asked for.
 */
export function libraryOutputs(outputs: readonly ModelOutput[], extras: ReadonlySet<ExtraOutput>): ModelOutput[] {
  const wanted = outputs.filter(o => o.extra === undefined || extras.has(o.extra))
  const named = wanted.filter(o => o.library !== undefined)
  return named.length > 0 ? named : wanted
}

/**
 * Scores every record of a file of JSON lines.
 * @throws AnalysisError ML_SCHEMA_MISMATCH; QueryError ML_SCORING_FAILED
 */
export async function* scoreRows(model: Model, files: FileSystem, path: string, extras: ReadonlySet<ExtraOutput>): AsyncGenerator<ScoredChunk> {
  const columns = guessJsonlColumns(await files.readFile(path))
  if (columns === undefined) return
  const plan = planInputs(model.signature, columns)
  const outputs = libraryOutputs(model.signature.outputs, extras)
  const keepsId = columns.has(rowId) && !outputs.some(o => (o.library ?? o.name) === rowId)
  const schema = makeSchema([
    ...(keepsId ? plan.schema.fields.filter(f => f.name === rowId) : []),
    ...outputs.map(o => field(o.library ?? o.name, o.type)),
  ])
  for await (const chunk of readChunks(files, path, plan.schema)) {
    yield* scoreChunk(chunk)
  }

  async function* scoreChunk({ batches, records }: RowChunk): AsyncGenerator<ScoredChunk> {
    let next = 0
    for (const batch of batches) {
      const { vectors, dropped, refused } = await model.score(plan.inputs(batch), batch.numRows, outputs.map(o => o.name))
      const scores = new RecordBatch(schema, batch.numRows, [...(keepsId ? [batch.column(rowId)] : []), ...vectors])
      const answers: (number | string)[] = []
      const outcome = outcomeOf(dropped, refused)
      for (let row = 0; row < batch.numRows; next++) {
        const reason = records[next]
        answers.push(reason ?? outcome(row++))
      }
      yield { scores, records: answers }
    }
    const rest = records.slice(next)
    if (rest.length > 0) yield { scores: new RecordBatch(makeSchema([]), 0, []), records: rest.map(String) }
  }
}

function outcomeOf(dropped: Int32Array | undefined, refused: readonly RefusedRow[] | undefined): (row: number) => number | string {
  const without = new Set(dropped)
  const reasons = new Map(refused?.map(r => [r.row, r.message]))
  return row => reasons.get(row) ?? (without.has(row) ? -1 : row)
}
