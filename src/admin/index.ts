/** `millrace/admin`: a session over HTTP. */
export { type AdminServer, serveAdmin } from './serve-admin.ts'
export type { AdminControl, AdminOptions } from './options.ts'
