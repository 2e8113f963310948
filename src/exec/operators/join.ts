import { assert } from '../../common/assert.ts'
import { hashBytes } from '../../columnar/hash.ts'
import { KeyEncoder } from '../../columnar/key-encoding.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { take } from '../../columnar/take.ts'
import { pin } from '../../columnar/transfer.ts'
import { isNullAt, type Vector } from '../../columnar/vector.ts'
import { commonType } from '../../expr/coercion.ts'
import { compile, type Evaluator, rowsOfBatch, trueRows } from '../../expr/evaluate.ts'
import type { EvalContext } from '../../expr/function-table.ts'
import { castTo, resolve, resolveCondition } from '../../expr/resolve.ts'
import type { Operator } from '../operator.ts'
import type { JoinSpec } from '../physical-plan.ts'

/**
 * Joins each row of the stream with a static table by equal keys. The table is hashed once per executor; its rows
 * keep their order, so that the result does not depend on who ran it.
 */
export function joinExec(spec: JoinSpec, table: RecordBatch, context: EvalContext): Operator {
  for (const column of table.columns) pin(column)
  const keyTypes = spec.streamKeys.map((key, k) => {
    const type = commonType(resolve(key, spec.stream, 'join()').type, resolve(spec.staticKeys[k], spec.static, 'join()').type)
    assert(type !== undefined, 'Join keys were typed at analysis.')
    return type
  })
  const keyOf = (keys: JoinSpec['streamKeys'], schema: JoinSpec['stream']): Evaluator[] =>
    keys.map((key, k) => compile(castTo(resolve(key, schema, 'join()'), keyTypes[k], 'ansi', 'join()')))
  const streamKeys = keyOf(spec.streamKeys, spec.stream)
  const build = new HashedTable(new KeyEncoder(keyTypes), keyOf(spec.staticKeys, spec.static).map(k => k(rowsOfBatch(table), context)), table.numRows)
  const probe = new KeyEncoder(keyTypes)
  const condition = spec.condition === null ? null : compile(resolveCondition(spec.condition, spec.joined, 'join()'))
  return {
    label: `BroadcastHashJoin ${spec.how}`,
    process(batch, task) {
      const pairs = build.match(probe, streamKeys.map(k => k(rowsOfBatch(batch), task.context)), batch.numRows)
      let { left, right } = pairs
      if (condition !== null) {
        const candidates = new RecordBatch(spec.joined, left.length, sides(spec, batch, table, left, right, null))
        const passed = trueRows(condition(rowsOfBatch(candidates), task.context), left.length)
        left = pick(left, passed)
        right = pick(right, passed)
      }
      if (spec.how !== 'inner' && spec.how !== 'cross') ({ left, right } = byKind(spec.how, left, right, batch.numRows))
      if (left.length === 0) return null
      const columns = spec.how === 'semi' || spec.how === 'anti' ? batch.columns.map(c => take(c, left)) : sides(spec, batch, table, left, right, spec.staticColumns)
      return new RecordBatch(spec.output, left.length, columns)
    },
  }
}

function sides(spec: JoinSpec, batch: RecordBatch, table: RecordBatch, left: Int32Array, right: Int32Array, only: readonly number[] | null): Vector[] {
  const stream = batch.columns.map(c => take(c, left))
  const fixed = (only ?? table.columns.map((_, i) => i)).map(i => take(table.columns[i], right))
  return spec.streamIsLeft ? [...stream, ...fixed] : [...fixed, ...stream]
}

function pick(from: Int32Array, indices: Int32Array): Int32Array {
  const out = new Int32Array(indices.length)
  for (let i = 0; i < indices.length; i++) out[i] = from[indices[i]]
  return out
}

interface Pairs {
  readonly left: Int32Array
  readonly right: Int32Array
}

/** Turns matches (ascending by stream row) into what the kind of join keeps; −1 stands for "no static row". */
function byKind(how: 'outer' | 'semi' | 'anti', left: Int32Array, right: Int32Array, rows: number): Pairs {
  const l: number[] = []
  const r: number[] = []
  let at = 0
  for (let i = 0; i < rows; i++) {
    const start = at
    while (at < left.length && left[at] === i) at++
    if (how === 'outer') {
      for (let k = start; k < at; k++) {
        l.push(i)
        r.push(right[k])
      }
      if (at === start) {
        l.push(i)
        r.push(-1)
      }
    } else if (at > start === (how === 'semi')) {
      l.push(i)
      r.push(-1)
    }
  }
  return { left: Int32Array.from(l), right: Int32Array.from(r) }
}

/** Rows of the static table by key: chains of equal hash in a flat array, in row order. */
class HashedTable {
  readonly #rows: number
  readonly #heads: Int32Array
  readonly #next: Int32Array
  readonly #mask: number
  readonly #bytes: Uint8Array
  readonly #offsets: Int32Array

  constructor(encoder: KeyEncoder, keys: readonly Vector[], rows: number) {
    this.#rows = rows
    let size = 16
    while (size < rows * 2) size *= 2
    this.#mask = size - 1
    this.#heads = new Int32Array(size).fill(-1)
    this.#next = new Int32Array(rows).fill(-1)
    encoder.encode(keys, rows)
    this.#bytes = encoder.bytes
    this.#offsets = encoder.offsets
    // Backwards, so that each chain is in row order.
    for (let i = rows - 1; i >= 0; i--) {
      if (anyNull(keys, i)) continue
      const h = hashBytes(this.#bytes, this.#offsets[i], this.#offsets[i + 1]) & this.#mask
      this.#next[i] = this.#heads[h]
      this.#heads[h] = i
    }
  }

  match(probe: KeyEncoder, keys: readonly Vector[], rows: number): Pairs {
    let left = new Int32Array(Math.max(16, rows))
    let right = new Int32Array(Math.max(16, rows))
    let n = 0
    const add = (i: number, k: number): void => {
      if (n === left.length) {
        left = enlarge(left)
        right = enlarge(right)
      }
      left[n] = i
      right[n++] = k
    }
    if (keys.length === 0) {
      for (let i = 0; i < rows; i++) for (let k = 0; k < this.#rows; k++) add(i, k)
    } else {
      probe.encode(keys, rows)
      for (let i = 0; i < rows; i++) {
        if (anyNull(keys, i)) continue
        const start = probe.offsets[i]
        const end = probe.offsets[i + 1]
        for (let k = this.#heads[hashBytes(probe.bytes, start, end) & this.#mask]; k >= 0; k = this.#next[k]) {
          if (this.#equals(k, probe.bytes, start, end)) add(i, k)
        }
      }
    }
    return { left: left.subarray(0, n), right: right.subarray(0, n) }
  }

  #equals(row: number, bytes: Uint8Array, start: number, end: number): boolean {
    const at = this.#offsets[row]
    if (this.#offsets[row + 1] - at !== end - start) return false
    for (let b = 0; b < end - start; b++) if (this.#bytes[at + b] !== bytes[start + b]) return false
    return true
  }
}

function anyNull(keys: readonly Vector[], i: number): boolean {
  for (const key of keys) if (isNullAt(key, i)) return true
  return false
}

function enlarge(a: Int32Array): Int32Array<ArrayBuffer> {
  const b = new Int32Array(a.length * 2)
  b.set(a)
  return b
}
