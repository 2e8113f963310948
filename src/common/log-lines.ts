import { type LogFields, type Logger, type LogLevel, loggerOf, logLevels } from './log.ts'

/** How log lines are written, and from which level on. */
export interface LogLinesOptions {
  readonly format: 'json' | 'readable'
  readonly level: LogLevel
  /** Milliseconds since the epoch. */
  now(): number
  /** Takes one line without its end. */
  write(line: string): void
}

/** Control characters, of the second block too, and what some readers take for the end of a line. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

const escaped = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Text in which nothing can begin a line of its own or move the cursor of a terminal: such characters are written as
 * JSON writes them. What is logged may come from data (reliability rules, log injection).
 */
export function escapeControls(text: string): string {
  return text.replace(unsafe, escaped)
}

/** A logger that writes a line for each call: one JSON object, or text for people. */
export function logLines({ format, level, now, write }: LogLinesOptions): Logger {
  const from = logLevels.indexOf(level)
  const line = format === 'json' ? jsonLine : readableLine
  return loggerOf((at, fields, message) => {
    if (logLevels.indexOf(at) >= from) write(line(at, new Date(now()).toISOString(), fields, message))
  })
}

function jsonLine(level: LogLevel, time: string, { query, batch, code, ...more }: LogFields, message: string): string {
  // JSON.stringify leaves out what is undefined; its own escapes end at U+001F.
  return escapeControls(JSON.stringify({ level, time, query, batch, code, message, ...withoutTaken(more) }, plain))
}

function readableLine(level: LogLevel, time: string, { query, batch, code, ...more }: LogFields, message: string): string {
  const place = [...(query === undefined ? [] : [query]), ...(batch === undefined ? [] : [`batch ${batch}`])].join(' ')
  const rest = Object.entries(withoutTaken(more)).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value, plain)}`)
  return escapeControls(`${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${place === '' ? '' : `[${place}] `}${code === undefined ? '' : `${code}: `}${message}${rest.join('')}`)
}

/** Fields of the caller's own never stand in for those that every line has. */
function withoutTaken(fields: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== undefined && !['level', 'time', 'message'].includes(name)))
}

/** What JSON cannot write. */
function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
