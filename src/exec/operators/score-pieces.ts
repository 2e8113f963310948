import { concat } from '../../columnar/concat.ts'
import { slice } from '../../columnar/take.ts'
import { nullVector, type Vector } from '../../columnar/vector.ts'
import { assert } from '../../common/assert.ts'
import { isMillraceError, messageOf } from '../../common/errors.ts'
import type { Model, RefusedRow, Scored } from '../../ml/model.ts'
import type { ModelCount } from '../model-tally.ts'
import type { TaskState } from '../operator.ts'
import type { PieceSize } from './piece-size.ts'

export interface PieceCall {
  readonly model: Model
  readonly outputs: readonly string[]
  readonly size: PieceSize
  readonly task: TaskState
  readonly count: ModelCount
  /** Rows at which the model fails are answered as such, instead of failing the task. */
  readonly catches: boolean
}

/** A batch's scores: a vector per output with a value for each row; what stands at dropped, refused and failed rows is without meaning. */
export interface ScoredPieces {
  readonly vectors: readonly Vector[]
  /** Ascending. */
  readonly dropped: readonly number[]
  readonly refused: readonly RefusedRow[]
  readonly failed: readonly RefusedRow[]
}

interface Parts {
  readonly vectors: (readonly Vector[])[]
  readonly dropped: number[]
  readonly refused: RefusedRow[]
  readonly failed: RefusedRow[]
}

/** A piece at which the model fails is cut into so many, down to single rows. */
const cuts = 8

/**
 * Scores rows piece by piece, so that no call takes long and others have their turn in between. With `catches`, a piece
 * that fails is cut until the rows are found at which the model fails: which rows these are must not depend on how large
 * the pieces happened to be.
 */
export async function scoreInPieces(given: readonly Vector[], rows: number, call: PieceCall): Promise<ScoredPieces> {
  const parts: Parts = { vectors: [], dropped: [], refused: [], failed: [] }
  for (let from = 0; from < rows; ) {
    const to = Math.min(rows, from + call.size.rows)
    await scorePiece(given, from, to, call, parts)
    from = to
    if (from < rows) await call.task.turn()
  }
  const { vectors, ...rest } = parts
  return { ...rest, vectors: call.outputs.map((output, k) => (rows === 0 ? emptyOutput(call.model, output, 0) : concat(vectors[0][k].type, vectors.map(v => v[k])))) }
}

async function scorePiece(given: readonly Vector[], from: number, to: number, call: PieceCall, parts: Parts): Promise<void> {
  const { model, outputs, task, count } = call
  const answer = await attempt(given, from, to, call)
  if ('error' in answer) {
    const { error } = answer
    if (!call.catches || isOurs(error)) throw error
    if (to - from === 1) {
      parts.failed.push({ row: from, message: messageOf(error) })
      parts.vectors.push(outputs.map(output => emptyOutput(model, output, 1)))
      return
    }
    const step = Math.ceil((to - from) / cuts)
    for (let at = from; at < to; at += step) {
      await scorePiece(given, at, Math.min(to, at + step), call, parts)
      await task.turn()
    }
    return
  }
  count.rows += to - from
  parts.vectors.push(answer.vectors)
  for (const row of answer.dropped ?? []) parts.dropped.push(from + row)
  for (const { row, message } of answer.refused ?? []) parts.refused.push({ row: from + row, message })
}

/** One call, timed and counted. */
async function attempt(given: readonly Vector[], from: number, to: number, { model, outputs, task, count, size }: PieceCall): Promise<Scored | { readonly error: unknown }> {
  const started = task.clock.monotonic()
  count.calls++
  try {
    const scored = model.score(given.map(v => slice(v, from, to)), to - from, outputs)
    const answer = scored instanceof Promise ? await scored : scored
    size.took(to - from, task.clock.monotonic() - started)
    return answer
  } catch (error) {
    count.errors++
    return { error }
  } finally {
    count.timeMs += task.clock.monotonic() - started
  }
}

/** That the query is stopped or its executor lost is no failure of the model. */
function isOurs(error: unknown): boolean {
  return isMillraceError(error) && error.code.startsWith('EXEC_')
}

function emptyOutput(model: Model, name: string, rows: number): Vector {
  const output = model.signature.outputs.find(o => o.name === name)
  assert(output !== undefined, 'A model is asked for outputs that it has.', { name, digest: model.digest })
  return nullVector(output.type, rows)
}
