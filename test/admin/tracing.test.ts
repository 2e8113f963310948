import { ROOT_CONTEXT, type Span, type SpanOptions, trace, type Tracer } from '@opentelemetry/api'
import { foreachBatch, memory, MemorySource, noop, schema, Session, t } from 'millrace'
import { traceQueries } from 'millrace/admin'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

interface Seen {
  readonly name: string
  readonly options: SpanOptions
  readonly parent: Span | undefined
  readonly span: Span
  end: number
  exception: unknown
}

/** A tracer that keeps its spans. */
function keeping() {
  const seen: Seen[] = []
  const tracer: Tracer = {
    startSpan(name, options = {}, context = ROOT_CONTEXT) {
      const base = trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: String(seen.length + 1).padStart(16, '0'), traceFlags: 1 })
      const span: Span = Object.assign(Object.create(base) as Span, {
        isRecording: () => true,
        end: (time: number) => void (entry.end = time),
        recordException: (exception: unknown) => void (entry.exception = exception),
        setStatus: () => span,
      })
      const entry: Seen = { name, options, parent: trace.getSpan(context), span, end: NaN, exception: undefined }
      seen.push(entry)
      return span
    },
    startActiveSpan: () => {
      throw new Error('It is not used.')
    },
  }
  return { tracer, seen }
}

const event = schema({ id: t.int32() })

test('a span per batch and phase, one after the other inside it', async () => {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const { tracer, seen } = keeping()
  const tracing = traceQueries(session, { tracer })
  const input = new MemorySource(event)
  const query = await session.readStream(memory(input)).writeStream({ name: 'traced', sink: noop(), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
  input.addData([{ id: 1 }, { id: 2 }])
  await query.processAllAvailable()
  const [batch] = seen
  const progress = query.lastProgress
  expect(batch.name).toBe('millrace.batch')
  expect(batch.options.attributes).toEqual({ 'millrace.query.id': query.id, 'millrace.run.id': query.runId, 'millrace.query.name': 'traced', 'millrace.batch.id': 0, 'millrace.batch.is_replay': false, 'millrace.batch.input_rows': 2, 'millrace.batch.output_rows': 2, 'millrace.models': [] })
  expect(batch.options.startTime).toBe(Date.parse(progress?.timestamp ?? ''))
  expect(batch.end - Number(batch.options.startTime)).toBe(progress?.batchDuration)
  const phases = seen.slice(1)
  const measured = Object.entries(progress?.durationMs ?? {}).filter(([name, ms]) => name !== 'triggerExecution' && ms > 0)
  expect(phases.map(p => [p.name, p.end - Number(p.options.startTime)]).toSorted()).toEqual(measured.map(([name, ms]) => [`millrace.batch.${name}`, ms]).toSorted())
  let at = Number(batch.options.startTime)
  for (const p of phases) {
    expect(p.parent).toBe(batch.span)
    expect(p.options.startTime).toBe(at)
    at = p.end
  }
  tracing[Symbol.dispose]()
  const before = seen.length
  input.addData([{ id: 3 }])
  await query.processAllAvailable()
  expect(seen.length).toBe(before)
})

test('a run that failed has a span with its error', async () => {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const { tracer, seen } = keeping()
  traceQueries(session, { tracer })
  const input = new MemorySource(event)
  const query = await session.readStream(memory(input)).writeStream({ sink: foreachBatch(() => Promise.reject(new Error('It does not want to.'))), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
  input.addData([{ id: 1 }])
  await expect(query.awaitTermination()).rejects.toThrow()
  expect(seen.map(s => s.name)).toEqual(['millrace.query'])
  expect(seen[0].exception).toBe(query.exception)
  expect(seen[0].end).toBe(seen[0].options.startTime)
})
