/** How much a line matters, from what helps in looking for a mistake to what somebody has to act on. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a line says beside its text: plain JSON. `query`, `batch` and `code` mean the same everywhere. */
export interface LogFields {
  readonly query?: string
  readonly batch?: number
  readonly code?: string
  readonly [name: string]: unknown
}

/** Where log lines go. A logger of `pino` is one. It must not throw. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/** From what matters least. */
export const logLevels: readonly LogLevel[] = Object.freeze(['debug', 'info', 'warn', 'error'])

/** A logger of one function. */
export function loggerOf(write: (level: LogLevel, fields: LogFields, message: string) => void): Logger {
  return Object.freeze({
    debug: (fields: LogFields, message: string) => write('debug', fields, message),
    info: (fields: LogFields, message: string) => write('info', fields, message),
    warn: (fields: LogFields, message: string) => write('warn', fields, message),
    error: (fields: LogFields, message: string) => write('error', fields, message),
  })
}
