import type { DataType } from '../columnar/data-type.ts'
import type { Vector } from '../columnar/vector.ts'
import type { BufferColumn, BufferKind } from '../columnar/buffer-column.ts'
import type { ResolvedArgument } from './function-table.ts'

/**
 * How an aggregate keeps and changes its state. State lies in buffer columns, one slot per group; a partial result is
 * the same columns as vectors, so that stage two merges what stage one made (`merge`) and a checkpoint stores it.
 * Rows come in order within an input partition, partials in the order of partitions: first, collect_list and float sums
 * rely on it.
 */
export interface AggregateSignature {
  readonly args: readonly DataType[]
  readonly result: DataType
  readonly nullable: boolean
  readonly buffers: readonly BufferKind[]
  /** Sets a new slot to "nothing seen yet". Buffers come zeroed (bytes: null), so most need nothing. */
  readonly init?: (buffers: readonly BufferColumn[], slot: number) => void
  /**
   * Adds rows: row i belongs to group slots[i] (−1: no group, skip). `include`, where given, has bit i set if the
   * aggregate's filter accepts row i.
   */
  readonly update: (
    buffers: readonly BufferColumn[],
    slots: Int32Array,
    args: readonly Vector[],
    length: number,
    include: Uint8Array | null,
  ) => void
  /** Adds partial results: slot slots[i] takes in slot fromSlots[i] of `from`. */
  readonly merge: (
    buffers: readonly BufferColumn[],
    slots: Int32Array,
    from: readonly BufferColumn[],
    fromSlots: Int32Array,
    length: number,
  ) => void
  /** The results of the given slots. */
  readonly finish: (buffers: readonly BufferColumn[], slots: Int32Array, length: number) => Vector
}

export interface AggregateEntry {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly arity: readonly [min: number, max: number]
  readonly usage: string
  readonly doc: string
  /**
   * Whether the result depends on the order of rows, beyond the last digits of a double and the sign of a zero. Partial
   * results of such an aggregate are only put together in the order of the rows, so that it cannot be kept in panes.
   */
  readonly ordered?: true
  readonly resolve: (args: readonly ResolvedArgument[], options: { readonly ignoreNulls: boolean }) => AggregateSignature | undefined
}
