/**
 * Records as columns: which bytes of `bytes` are key and value of record i, and what belongs to it. A reader fills one block
 * again and again, so copy what is to outlive the next call; `bytes` itself is never written again.
 */
export class RecordBlock {
  /** The fetch answer itself, or the decompressed records. */
  bytes: Uint8Array = new Uint8Array(0)
  /** Records of this block; what the arrays hold from here on is of an earlier one. */
  count = 0
  readonly offsets: Float64Array
  /** Milliseconds since the epoch; -1 where the producer gave none. */
  readonly timestamps: Float64Array
  /** 0 the producer's time, 1 the broker's (log append). */
  readonly timestampTypes: Uint8Array
  /** -1, like the end, for null. */
  readonly keyStart: Int32Array
  readonly keyEnd: Int32Array
  /** -1, like the end, for null: a tombstone. */
  readonly valueStart: Int32Array
  readonly valueEnd: Int32Array
  readonly headerCount: Int32Array
  /** Where the first header of the record begins; meaningful where `headerCount` is not 0. See `readHeaders`. */
  readonly headerStart: Int32Array

  constructor(capacity: number) {
    this.offsets = new Float64Array(capacity)
    this.timestamps = new Float64Array(capacity)
    this.timestampTypes = new Uint8Array(capacity)
    this.keyStart = new Int32Array(capacity)
    this.keyEnd = new Int32Array(capacity)
    this.valueStart = new Int32Array(capacity)
    this.valueEnd = new Int32Array(capacity)
    this.headerCount = new Int32Array(capacity)
    this.headerStart = new Int32Array(capacity)
  }

  get capacity(): number {
    return this.offsets.length
  }
}
