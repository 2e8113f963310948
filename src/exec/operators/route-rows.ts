import { hashBytes } from '../../columnar/hash.ts'
import { KeyEncoder } from '../../columnar/key-encoding.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { compile, type Evaluator, rowsOfBatch } from '../../expr/evaluate.ts'
import { resolve } from '../../expr/resolve.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { TaskState } from '../operator.ts'
import type { RouteShares, RouteSpec } from '../physical-plan.ts'

const encoder = new TextEncoder()

/**
 * Shares rows out: the hash of a row's key, mixed with the salt, is a place in 0 … 1, and the weights cut that in order.
 * So equal keys go the same way on every executor and in every batch, and when weights change only the keys between the
 * old cut and the new one go another way. Rows without a key go one way, too.
 */
export class RowRouter {
  readonly #spec: RouteSpec
  readonly #key: Evaluator
  readonly #encoder: KeyEncoder

  constructor(spec: RouteSpec, input: Schema) {
    const by = resolve(spec.by, input, 'route of score()')
    this.#spec = spec
    this.#key = compile(by)
    this.#encoder = new KeyEncoder([by.type])
  }

  /** The rows of each target, ascending. */
  share(batch: RecordBatch, task: TaskState): Int32Array[] {
    const { targets, position } = this.#spec
    const shares = task.routes[position]
    const ends = cutsOf(shares, targets.map(t => t.label))
    const salt = saltHash(shares.salt)
    this.#encoder.encode([this.#key(rowsOfBatch(batch), task.context)], batch.numRows)
    const { bytes, offsets } = this.#encoder
    const choice = new Uint32Array(batch.numRows)
    const counts = new Int32Array(targets.length)
    for (let row = 0; row < batch.numRows; row++) {
      const place = mix(hashBytes(bytes, offsets[row], offsets[row + 1]) ^ salt) / 4294967296
      let target = 0
      while (place >= ends[target]) target++
      choice[row] = target
      counts[target]++
    }
    const rows = Array.from(counts, n => new Int32Array(n))
    const at = new Int32Array(targets.length)
    for (let row = 0; row < batch.numRows; row++) rows[choice[row]][at[choice[row]]++] = row
    return rows
  }
}

/** Where each label's part ends; the last that has one ends at 1 whatever the rounding. */
export function cutsOf({ weights }: RouteShares, labels: readonly string[]): Float64Array {
  const each = labels.map(label => weights[label] ?? 0)
  const sum = each.reduce((a, b) => a + b, 0)
  const ends = new Float64Array(labels.length)
  let until = 0
  each.forEach((weight, i) => {
    until += weight
    ends[i] = until / sum
  })
  for (let i = labels.length - 1; i >= 0; i--) {
    ends[i] = 1
    if (each[i] > 0) break
  }
  return ends
}

function saltHash(salt: string): number {
  const bytes = encoder.encode(salt)
  return hashBytes(bytes, 0, bytes.length)
}

/** The finish of murmur3: every bit of the key's hash and the salt's counts. */
function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
