/** `millrace/admin`: a session over HTTP. */
export { type AdminServer, serveAdmin } from './serve-admin.ts'
export type { AdminOptions } from './options.ts'
export type { MetricsRegistry } from './metrics/metrics-registry.ts'
export { traceQueries, type TracingOptions } from './tracing.ts'
