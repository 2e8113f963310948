/** `millrace/admin`: a session over HTTP. */
export { type AdminServer, serveAdmin } from './serve-admin.ts'
export type { AdminOptions } from './options.ts'
