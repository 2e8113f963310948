import { BatchBuilder } from '../columnar/batch-builder.ts'
import { maxBatchRows, type RecordBatch } from '../columnar/record-batch.ts'
import { sliceRows } from '../columnar/take.ts'
import type { Ports } from '../common/ports.ts'
import type { BadRecord } from '../formats/format.ts'
import { appendDeadLetter, deadLetterSchema } from '../sinks/dead-letters.ts'
import { loadSink } from '../sinks/registry.ts'
import type { SinkPart, SinkWriter } from '../sinks/sink.ts'
import type { BatchContext, PhysicalPlan, SinkName } from './physical-plan.ts'

/** Dead letters are handed to their writer in pieces of about this size. */
const drainRows = 8192
const drainBytes = 1024 * 1024

/** The writers of one task: opened at the first row for their sink, finished or dropped together. */
export class TaskSinks {
  readonly #plan: PhysicalPlan
  readonly #ports: Ports
  readonly #batch: BatchContext
  readonly #partition: number
  readonly #writers = new Map<SinkName, SinkWriter>()
  #deadLetters = new BatchBuilder(deadLetterSchema, 8)
  #deadLetterBytes = 0

  constructor(plan: PhysicalPlan, ports: Ports, batch: BatchContext, partition: number) {
    this.#plan = plan
    this.#ports = ports
    this.#batch = batch
    this.#partition = partition
  }

  has(name: SinkName): boolean {
    return this.#plan.sinks.some(s => s.name === name)
  }

  async write(name: SinkName, batch: RecordBatch): Promise<void> {
    const stage = this.#plan.sinks.find(s => s.name === name)
    if (stage === undefined || batch.numRows === 0) return
    let writer = this.#writers.get(name)
    if (writer === undefined) {
      const provider = await loadSink(stage.provider.provider)
      writer = await provider.writer(stage.provider.options, stage.schema, {
        ports: this.#ports,
        batchId: this.#batch.batchId,
        attempt: this.#batch.attempt,
        partition: this.#partition,
        clockMs: this.#batch.nowMicros / 1000,
      })
      this.#writers.set(name, writer)
    }
    await writer.write(batch)
  }

  /** Takes a record that could not be decoded; drain() hands those taken on to their writer. */
  deadLetter(record: BadRecord): void {
    if (!this.has('deadLetters')) return
    appendDeadLetter(this.#deadLetters, record)
    this.#deadLetterBytes += record.raw.length + record.reason.length + record.origin.length
  }

  /** Keeps memory bounded when an input has many bad records: to be awaited between small pieces of it. */
  async drain(): Promise<void> {
    if (this.#deadLetters.numRows >= drainRows || this.#deadLetterBytes >= drainBytes) await this.#writeDeadLetters()
  }

  async #writeDeadLetters(): Promise<void> {
    if (this.#deadLetters.numRows === 0) return
    this.#deadLetterBytes = 0
    const all = this.#deadLetters.finish()
    for (let row = 0; row < all.numRows; row += maxBatchRows) await this.write('deadLetters', sliceRows(all, row, Math.min(row + maxBatchRows, all.numRows)))
  }

  async finish(): Promise<{ sink: SinkName; part: SinkPart }[]> {
    await this.#writeDeadLetters()
    const parts: { sink: SinkName; part: SinkPart }[] = []
    for (const { name } of this.#plan.sinks) {
      const writer = this.#writers.get(name)
      if (writer !== undefined) parts.push({ sink: name, part: await writer.finish() })
    }
    return parts
  }

  async abort(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.abort()
  }
}
