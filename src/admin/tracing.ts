import { type Attributes, context, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api'
import type { StreamingQueryProgress } from '../microbatch/progress.ts'
import type { Session } from '../session/session.ts'

export interface TracingOptions {
  /** Where spans go. @default the tracer of the provider that the program has registered with @opentelemetry/api */
  readonly tracer?: Tracer
}

/**
 * A span per committed batch (`millrace.batch`) with one for each of its phases inside, and one per failed run
 * (`millrace.query`). They are made when the batch has ended: phases stand one after the other in the order in which they
 * ran, each with the length that was measured. Without a registered provider it costs a call per batch. Ends when disposed.
 *
 *     using tracing = traceQueries(session)
 */
export function traceQueries(session: Session, options: TracingOptions = {}): Disposable {
  const tracer = options.tracer ?? trace.getTracer('millrace')
  const { clock } = session.core.environment.ports
  const listener = {
    onQueryProgress: (progress: StreamingQueryProgress) => traceBatch(tracer, progress),
    onQueryTerminated: ({ id, runId, exception }: { readonly id: string; readonly runId: string; readonly exception: Error | null }) => {
      if (exception === null) return
      const now = clock.now()
      const span = tracer.startSpan('millrace.query', { startTime: now, attributes: { 'millrace.query.id': id, 'millrace.run.id': runId } })
      span.recordException(exception, now)
      span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message })
      span.end(now)
    },
  }
  session.streams.addListener(listener)
  return { [Symbol.dispose]: () => session.streams.removeListener(listener) }
}

/** As they run: a batch becomes durable (`walCommit`) after it was computed. */
const phases: readonly string[] = ['latestOffset', 'queryPlanning', 'getBatch', 'addBatch', 'walCommit', 'commitOffsets']

function traceBatch(tracer: Tracer, p: StreamingQueryProgress): void {
  const start = Date.parse(p.timestamp)
  const span = tracer.startSpan('millrace.batch', { startTime: start, attributes: attributesOf(p) })
  if (span.isRecording()) {
    const parent = trace.setSpan(context.active(), span)
    let at = start
    for (const phase of [...phases, ...Object.keys(p.durationMs).filter(name => !phases.includes(name))]) {
      const ms = p.durationMs[phase] ?? 0
      if (phase === 'triggerExecution' || ms === 0) continue
      tracer.startSpan(`millrace.batch.${phase}`, { startTime: at }, parent).end(at + ms)
      at += ms
    }
  }
  span.end(start + p.batchDuration)
}

function attributesOf(p: StreamingQueryProgress): Attributes {
  return {
    'millrace.query.id': p.id,
    'millrace.run.id': p.runId,
    ...(p.name === null ? {} : { 'millrace.query.name': p.name }),
    'millrace.batch.id': p.batchId,
    'millrace.batch.is_replay': p.isReplay,
    'millrace.batch.input_rows': p.numInputRows,
    'millrace.batch.output_rows': Math.max(0, p.sink.numOutputRows),
    'millrace.models': [...p.models],
  }
}
