import { schema, t } from '../../columnar/schema-builder.ts'
import { collectList, count, sum } from '../../expr/api/index.ts'
import type { Column } from '../../expr/column-types.ts'
import { window } from '../../expr/window.ts'
import { Trigger } from '../../microbatch/trigger.ts'
import type { SinkConnector } from '../../session/connector.ts'
import { files } from '../../session/connectors/files.ts'
import type { LoadedModel } from '../../session/loaded-model.ts'
import type { Session } from '../../session/session.ts'
import type { StreamingQuery } from '../../session/streaming-query.ts'
import type { Job, SinkRole } from './job.ts'

const inputRow = schema({ id: t.integer(), key: t.string(), value: t.nullable(t.integer()), at: t.timestamp(), serial: t.integer() })

/** Where things are on the simulated disk. */
export const places = Object.freeze({
  input: '/in',
  archive: '/archive',
  checkpoint: '/checkpoint',
  sink: (role: SinkRole) => `/out/${role}`,
})

/** Starts the job's query the way a program would, through the public surface. */
export function startQuery(session: Session, job: Job, options: { readonly input?: string; readonly model?: LoadedModel; readonly checkpoint: string; readonly once: boolean; readonly connect: (role: SinkRole) => SinkConnector }): Promise<StreamingQuery> {
  const rows = session
    .readStream(
      files({
        path: options.input ?? places.input, format: 'jsonl', schema: inputRow, onBadRecord: job.sinks.some(s => s.role === 'deadLetters') ? 'deadLetter' : 'fail', cleanSource: job.cleanSource,
        ...(job.cleanSource === 'archive' ? { sourceArchiveDir: places.archive } : {}),
        ...(job.maxFilesPerTrigger === null ? {} : { maxFilesPerTrigger: job.maxFilesPerTrigger }),
      }),
    )
  // The version of the model that scored a row becomes part of its code.
  const scored: typeof rows = options.model === undefined ? rows
    : rows.score(options.model, { output: { version: 'prediction' } })
      .withColumn('serial', ({ serial, version }) => serial.plus(version.cast(t.integer())))
      .select('id', 'key', 'value', 'at', 'serial')
  const input = scored.withColumn('code', ({ id, serial }) => serial.times(1000).plus(id))
  const sinks = Object.fromEntries(job.sinks.map(s => [s.role === 'output' ? 'sink' : s.role, options.connect(s.role)])) as { sink: SinkConnector; lateRows?: SinkConnector; deadLetters?: SinkConnector }
  const writer = {
    ...sinks,
    checkpointLocation: options.checkpoint,
    outputMode: job.shape === 'rows' || job.shape === 'windows' ? ('append' as const) : ('update' as const),
    trigger: options.once ? Trigger.once() : Trigger.availableNow(),
    snapshotInterval: job.snapshotInterval,
    minBatchesToRetain: job.minBatchesToRetain,
    spoolOutput: job.spoolOutput,
  }
  const aggregates = ({ value, code }: { readonly value: Column<number | null>; readonly code: Column<number | null> }) => ({ n: count(), total: sum(value), codes: collectList(code) })
  switch (job.shape) {
    case 'rows':
      return input.select('key', 'value', 'code').writeStream(writer).start()
    case 'totals':
      return input.groupBy('key').agg(c => aggregates(c)).writeStream(writer).start()
    case 'windows':
    case 'windows-update':
      return input
        .withWatermark('at', `${job.delaySeconds} seconds`)
        .groupBy(window('at', `${job.windowSeconds} seconds`), 'key')
        .agg(c => aggregates(c))
        .select(c => ({ start: c.window.start, key: c.key, n: c.n, total: c.total, codes: c.codes }))
        .writeStream(writer)
        .start()
  }
}
