import type { Field } from '../../columnar/data-type.ts'
import { fieldIndex, type Schema } from '../../columnar/schema.ts'
import { makeError } from '../../common/errors.ts'
import { didYouMean, quoteList } from '../../common/suggest.ts'
import { liveObject } from '../../common/live-objects.ts'
import { option, optionTable, required, resolveOptions } from '../../common/options.ts'
import type { OutputMode } from '../../common/output-mode.ts'
import { outputModes } from '../../common/output-mode.ts'
import { batchesOfParts, CollectWriter } from '../collect-writer.ts'
import type { ObservedOutput, ObservedRow, ObservedTable, ObserverSink, SinkPart, SinkProvider, TableChange } from '../sink.ts'
import { LiveTable } from './live-table.ts'
import { rowTexts } from './row-texts.ts'
import { tableChange } from './table-change.ts'

export const liveSinkOptions = optionTable({
  id: required(option.text('', 'Id of the live table.')),
})

/** Keeps a live table: the change of each batch is worked out before prepare, and shown once the batch is committed. */
class LiveSink implements ObserverSink, ObservedTable {
  readonly description: string
  readonly table = this
  readonly keys: readonly Field[]
  readonly #live: LiveTable
  readonly #queryId: string
  readonly #keyColumns: readonly number[]
  readonly #mode: OutputMode
  #nextOrder = 0
  #pending: TableChange = { put: [], remove: [] }

  constructor(live: LiveTable, schema: Schema, mode: OutputMode, queryId: string) {
    this.description = `live[${live.name}]`
    this.#live = live
    this.#queryId = queryId
    this.#mode = mode
    this.#keyColumns = live.key.map(name => keyColumn(schema, name, live.name))
    this.keys = this.#keyColumns.map(k => schema.fields[k])
    if (this.#keyColumns.length === 0 && mode !== 'append') throw keyMissing(live.name, mode, schema)
  }

  change(batchId: number, parts: readonly SinkPart[]): TableChange {
    let order = this.#nextOrder
    const rows: { key: string; row: string }[] = []
    for (const batch of batchesOfParts(parts)) {
      const texts = rowTexts(batch)
      const keys = this.#keyColumns.length === 0 ? texts.map((_, i) => String(order + rows.length + i)) : rowTexts(batch.project(this.#keyColumns))
      texts.forEach((row, i) => rows.push({ key: keys[i], row }))
    }
    this.#pending = tableChange(this.#live, rows, batchId, order, this.#mode === 'complete' && parts.length > 0)
    order += rows.length
    this.#nextOrder = order
    return this.#pending
  }

  restore(rows: readonly ObservedRow[], position: { readonly batchId: number; readonly watermarkMs: number | null } | null): void {
    this.#nextOrder = (rows.at(-1)?.order ?? -1) + 1
    this.#live.load(rows, { queryId: this.#queryId, batchId: position?.batchId ?? -1, watermarkMs: position?.watermarkMs ?? null }, this.keys)
  }

  observe({ batchId, watermarkMs }: ObservedOutput): void {
    const { put, remove } = this.#pending
    this.#pending = { put: [], remove: [] }
    // A batch that was finished from its record is in the restored rows already.
    if ((this.#live.position?.batchId ?? -1) >= batchId) return
    this.#live.apply({ queryId: this.#queryId, batchId, watermarkMs }, put, remove)
  }

  async close(): Promise<void> {
    this.#live.close()
  }
}

function keyColumn(schema: Schema, name: string, table: string): number {
  const index = fieldIndex(schema, name)
  if (index >= 0) return index
  const names = schema.fields.map(f => f.name)
  throw makeError('PLAN_UNKNOWN_COLUMN', `The live table "${table}" has the key column "${name}", but its rows have only ${quoteList(names)}.${didYouMean(name, names)}`, {
    context: { table, column: name, columns: names },
  })
}

function keyMissing(table: string, mode: OutputMode, schema: Schema): Error {
  return makeError('PLAN_INVALID_OPTION', `The live table "${table}" needs a key in output mode "${mode}", so that a row can replace the one before it. Name the columns that tell rows apart, such as key: ['${schema.fields[0]?.name ?? 'id'}'].`, {
    context: { option: 'key', table, mode },
  })
}

const isLiveTable = (value: unknown): value is LiveTable => value instanceof LiveTable

export const liveSinkProvider: SinkProvider = Object.freeze({
  name: 'live',
  modes: outputModes,
  kind: 'observer',
  async open(given, environment) {
    const { id } = resolveOptions(liveSinkOptions, given, 'sink "live"')
    return new LiveSink(liveObject(environment.live, id, 'live table', isLiveTable), environment.schema, environment.outputMode, environment.queryId)
  },
  writer: async (_given, schema, environment) => new CollectWriter(schema, environment),
} satisfies SinkProvider)
