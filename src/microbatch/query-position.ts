import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { SourceOffset } from '../sources/source.ts'
import type { WatermarkTracker } from '../watermark/watermark-tracker.ts'

/** Where a query stands after its last committed batch, as the driver knows it. */
export class QueryPosition {
  readonly tracker: WatermarkTracker
  /** End offset per source. */
  readonly ends = new Map<string, SourceOffset | null>()
  /** Set-hash per operator and partition. */
  readonly stateHashes = new Map<string, string>()
  #committed: PreparedEntry | null = null

  constructor(tracker: WatermarkTracker) {
    this.tracker = tracker
  }

  /** The last committed batch. */
  get committed(): PreparedEntry | null {
    return this.#committed
  }

  get nextBatchId(): number {
    return (this.#committed?.prepared.record.batchId ?? -1) + 1
  }

  /** Makes a batch the last committed one. */
  takeOver(entry: PreparedEntry | null): void {
    this.#committed = entry
    if (entry === null) return
    for (const [name, range] of Object.entries(entry.prepared.record.sources)) this.ends.set(name, range.end)
    this.tracker.advance(entry.prepared.next)
  }
}
