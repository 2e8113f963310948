import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { makeError, messageOf } from '../common/errors.ts'
import type { Session } from '../session/session.ts'
import { apiRoutes } from './api/api-routes.ts'
import { assetRoutes } from './assets.ts'
import { controlRoutes } from './control-routes.ts'
import { guard } from './guard.ts'
import { Health } from './health.ts'
import { QueryMetrics } from './metrics/query-metrics.ts'
import { type AdminOptions, resolveAdminOptions } from './options.ts'
import { streamRoutes } from './streams/stream-routes.ts'

/** A running admin server. */
export interface AdminServer extends AsyncDisposable {
  /** `http://127.0.0.1:9464` */
  readonly url: string
  close(): Promise<void>
}

const maxHeaderBytes = 16 * 1024
const headersTimeoutMs = 10_000

/**
 * Serves a session over HTTP: probes (`/healthz`, `/readyz`), metrics for Prometheus (`/metrics`), live tables
 * (`/streams/NAME`, `/streams/NAME/events`), what queries do as JSON (`/api/v1/…`) and the dashboard (`/`). It only reads, unless `control` is given. On the loopback unless an address is
 * given, and then only with a token. Resolves when it listens.
 * @throws AnalysisError ADMIN_TOKEN_REQUIRED, PLAN_INVALID_OPTION; QueryError ADMIN_NOT_LISTENING
 */
export async function serveAdmin(session: Session, options: AdminOptions = {}): Promise<AdminServer> {
  const resolved = resolveAdminOptions(options)
  const { liveTables, environment } = session.core
  const { clock } = environment.ports
  const health = new Health(session, clock, resolved.stallTimeoutMs)
  const metrics = new QueryMetrics(session)
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.use('*', guard(resolved))
  app.get('/healthz', c => c.json({ status: 'ok' }))
  app.get('/readyz', c => {
    const reasons = [...health.check().reasons, ...resolved.notReady()]
    const ready = reasons.length === 0
    return c.json({ status: ready ? 'ready' : 'not ready', ...(resolved.token === undefined ? { reasons } : {}) }, ready ? 200 : 503)
  })
  app.get('/metrics', async c => c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }))
  const api = apiRoutes(app, session, health, resolved, clock)
  if (resolved.control !== undefined) controlRoutes(app, session, resolved.control)
  await assetRoutes(app, environment.ports.files, resolved.token !== undefined)
  const streams = streamRoutes(app, liveTables, resolved, clock)
  app.notFound(c => c.json({ error: 'There is no such path.' }, 404))
  app.onError((_error, c) => c.json({ error: 'This could not be answered.' }, 500))

  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: resolved.host,
    serverOptions: { maxHeaderSize: maxHeaderBytes, headersTimeout: headersTimeoutMs, requestTimeout: headersTimeoutMs, keepAliveTimeout: 5000 },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: unknown) => reject(notListening(resolved.host, resolved.port, cause)))
    server.listen(resolved.port, resolved.host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : resolved.port
  const close = async (): Promise<void> => {
    streams.close()
    api.close()
    health.close()
    metrics.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise<void>(resolve => server.close(() => resolve()))
  }
  return { url: `http://${resolved.host.includes(':') ? `[${resolved.host}]` : resolved.host}:${port}`, close, [Symbol.asyncDispose]: close }
}

function notListening(host: string, port: number, cause: unknown): Error {
  return makeError('ADMIN_NOT_LISTENING', `The admin server cannot listen on ${host}:${port}: ${messageOf(cause)}. Choose another address, or end what listens there.`, { context: { host, port }, cause })
}
