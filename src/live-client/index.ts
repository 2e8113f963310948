/** `millrace/live`: live tables of a running job in a web page, or in Node. No dependency, nothing but `fetch`. */
export { type Connection, type LiveSnapshot, liveTable, type LiveTableOptions, type LiveTableReader } from './live-table-reader.ts'
export { LiveTableError } from './live-table-error.ts'
