/** `millrace/admin`: a session over HTTP. */
export { type AdminServer, serveAdmin } from './serve-admin.ts'
export type { MetricsRegistry } from './metrics/metrics-registry.ts'
export { traceQueries, type TracingOptions } from './tracing.ts'
export type { AdminControl, AdminOptions } from './options.ts'
