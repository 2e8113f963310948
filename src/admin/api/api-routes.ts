import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { Clock } from '../../common/clock.ts'
import type { Session } from '../../session/session.ts'
import type { Health } from '../health.ts'
import { openApiDocument } from '../openapi/document.ts'
import type { ResolvedAdminOptions } from '../options.ts'
import { packageVersion } from '../package-version.ts'
import { apiEvents } from './api-events.ts'
import type { CheckpointState, Errors, Models, Process, ProgressHistory, Queries } from './api-types.ts'
import { checkpointState } from './describe-checkpoint.ts'
import { modelsOf, planOf } from './describe-plan.ts'
import { type Describing, isoTime, queryDetail, querySummary } from './describe-query.ts'
import { ErrorAdvice } from './error-advice.ts'
import { QueryBook } from './query-book.ts'
import type { QueryEntry } from './query-entry.ts'

type Bindings = { Bindings: HttpBindings }

/**
 * `GET /api/v1/…`: what the queries of a session do, as JSON; openApiDocument() describes it. Answers are made when they
 * are asked for, from what the driver knows anyway; only the checkpoint is read from its store.
 */
export function apiRoutes(app: Hono<Bindings>, session: Session, health: Health, options: ResolvedAdminOptions, clock: Clock): { close(): void } {
  const { environment, timeZone } = session.core
  const book = new QueryBook(session, clock)
  const startedAt = isoTime(clock.now())
  const advice = new ErrorAdvice(environment.ports.files)
  const describing = (): Describing => ({ advice, nowMs: clock.now(), stalled: runId => health.reasonOf(runId) })
  const withQuery = (c: Context<Bindings>, answer: (entry: QueryEntry) => Response | Promise<Response>): Response | Promise<Response> => {
    const entry = book.find(c.req.param('id') ?? '')
    return entry === undefined ? c.json({ error: 'There is no such query.' }, 404) : answer(entry)
  }

  app.get('/api/v1/openapi.json', async c => c.json(openApiDocument(await packageVersion(environment.ports.files), options.control !== undefined)))
  app.get('/api/v1/process', async c =>
    c.json({
      version: await packageVersion(environment.ports.files),
      time: isoTime(clock.now()),
      startedAt,
      executors: environment.pool.executors.filter(e => e.id !== 'inline').length,
      timeZone,
      memoryBudgetBytes: environment.memoryBudgetBytes,
      control: options.control !== undefined,
      rowSamples: false,
      configuration: options.configuration,
    } satisfies Process))
  app.get('/api/v1/queries', async c => c.json({ queries: await Promise.all(book.entries.map(e => querySummary(e, describing()))) } satisfies Queries))
  app.get('/api/v1/queries/:id', c => withQuery(c, async entry => c.json(await queryDetail(entry, book.failures, describing()))))
  app.get('/api/v1/queries/:id/progress', c =>
    withQuery(c, ({ face }) => {
      const since = c.req.query('since')
      if (since !== undefined && !/^-?\d{1,15}$/.test(since)) return c.json({ error: `since is the number of a batch, not "${since.slice(0, 40)}".` }, 400)
      return c.json({ id: face.id, runId: face.runId, progress: since === undefined ? face.recentProgress : face.recentProgress.filter(p => p.batchId > Number(since)) } satisfies ProgressHistory)
    }))
  app.get('/api/v1/queries/:id/plan', c => withQuery(c, entry => c.json(planOf(entry))))
  const checkpoints = new CheckpointReads()
  app.get('/api/v1/queries/:id/checkpoint', c =>
    withQuery(c, async entry => {
      const state = await checkpoints.of(entry)
      if (state !== undefined) return c.json(state)
      return entry.running === null ? c.json({ error: 'The query has ended. "millrace checkpoint show" reads its checkpoint.' }, 404) : c.json({ error: 'The checkpoint cannot be read now.' }, 503)
    }))
  app.get('/api/v1/models', c => c.json({ models: book.entries.flatMap(modelsOf) } satisfies Models))
  app.get('/api/v1/errors', async c => c.json({ errors: await Promise.all(book.failures.map(async f => ({ ...f, advice: await advice.of(f.code) }))) } satisfies Errors))
  const events = apiEvents(app, book, options, clock)
  return {
    close: () => {
      events.close()
      book.close()
    },
  }
}

/** Reads of checkpoints: one at a time for each run, and none twice for the same batch, however many ask. */
class CheckpointReads {
  readonly #known = new WeakMap<QueryEntry, { readonly batchId: number; readonly state: Promise<CheckpointState | undefined> }>()

  of(entry: QueryEntry): Promise<CheckpointState | undefined> {
    const { running, face } = entry
    if (running === null) return Promise.resolve(undefined)
    const batchId = face.recentProgress.at(-1)?.batchId ?? -1
    const known = this.#known.get(entry)
    if (known?.batchId === batchId) return known.state
    const before = known?.state ?? Promise.resolve(undefined)
    const location = face.inspection.checkpointLocation
    // A query that ends meanwhile closes its store.
    const state = before.then(() => running.checkpointContents()).then(c => checkpointState(c, location)).catch(() => undefined)
    this.#known.set(entry, { batchId, state })
    return state
  }
}
