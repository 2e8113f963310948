import type { LiveBatch, LiveTable } from '../../sinks/live/live-table.ts'

/** Where events go: Node's response, seen narrowly. */
export interface EventOutput {
  write(text: string): void
  /** Bytes that the other side has not taken yet. */
  readonly waitingBytes: number
  /** Calls back once, when all that waited has been taken. */
  onDrain(then: () => void): void
}

/**
 * One reader of a live table's events (server-sent events). First what it lacks: the batches since the one it knows, if the
 * table still has them, else a `snapshot`; then a `batch` for each commit. A reader that does not take its events is not
 * waited for: beyond `bufferBytes` it misses batches, and is told of them as a `gap` when it can take events again.
 */
export class EventReader {
  readonly #table: LiveTable
  readonly #output: EventOutput
  readonly #bufferBytes: number
  readonly #unsubscribe: () => void
  #missed: { readonly from: number; to: number } | null = null

  constructor(table: LiveTable, output: EventOutput, bufferBytes: number, lastEventId: string | undefined) {
    this.#table = table
    this.#output = output
    this.#bufferBytes = bufferBytes
    const known = batchOf(table, lastEventId)
    const missing = known === undefined ? undefined : table.since(known)
    if (missing === undefined) output.write(snapshotEvent(table))
    else for (const batch of missing) output.write(batchEvent(table, batch))
    this.#unsubscribe = table.subscribe(batch => this.#onBatch(batch))
  }

  close(): void {
    this.#unsubscribe()
  }

  #onBatch(batch: LiveBatch): void {
    if (this.#missed !== null) {
      this.#missed.to = batch.batchId
      return
    }
    if (this.#output.waitingBytes > this.#bufferBytes) {
      this.#missed = { from: batch.batchId, to: batch.batchId }
      this.#output.onDrain(() => this.#tellGap())
      return
    }
    this.#output.write(batchEvent(this.#table, batch))
  }

  #tellGap(): void {
    const missed = this.#missed
    this.#missed = null
    if (missed !== null) this.#output.write(event(this.#table, 'gap', missed.to, `{"from":${missed.from},"to":${missed.to}}`))
  }
}

/** Texts of the last batch by table: all readers of a table get the same. */
const lastText = new WeakMap<LiveTable, { readonly batch: LiveBatch; readonly text: string }>()

function batchEvent(table: LiveTable, batch: LiveBatch): string {
  const known = lastText.get(table)
  if (known?.batch === batch) return known.text
  const text = event(table, 'batch', batch.batchId, `{"batchId":${batch.batchId},"watermark":${watermarkText(batch.watermarkMs)},"upserts":[${batch.upserts.join(',')}],"deletes":[${batch.deletes.join(',')}]}`)
  lastText.set(table, { batch, text })
  return text
}

function snapshotEvent(table: LiveTable): string {
  return event(table, 'snapshot', table.position?.batchId ?? -1, tableText(table, [...table.entries()].map(([, { row }]) => row)))
}

/** A table with some of its rows, as `GET` answers it and as a snapshot event has it. */
export function tableText(table: LiveTable, rows: readonly string[]): string {
  const { queryId, batchId, watermarkMs } = table.position ?? { queryId: '', batchId: -1, watermarkMs: null }
  return `{"queryId":${JSON.stringify(queryId)},"batchId":${batchId},"watermark":${watermarkText(watermarkMs)},"rows":[${rows.join(',')}]}`
}

function event(table: LiveTable, name: string, batchId: number, data: string): string {
  return `event: ${name}\nid: ${table.position?.queryId ?? ''}:${batchId}\ndata: ${data}\n\n`
}

/** The batch that an event id names, if it is one of this table's query. */
function batchOf(table: LiveTable, id: string | undefined): number | undefined {
  const at = id?.lastIndexOf(':') ?? -1
  if (id === undefined || at < 0 || id.slice(0, at) !== table.position?.queryId || !/^-?\d{1,15}$/.test(id.slice(at + 1))) return undefined
  return Number(id.slice(at + 1))
}

function watermarkText(ms: number | null): string {
  return ms === null ? 'null' : `"${new Date(ms).toISOString()}"`
}
