import { isMillraceError } from '../common/errors.ts'
import { type LogFields, type Logger, type LogLevel, loggerOf } from '../common/log.ts'

/** Text without secrets. */
export type Mask = (text: string) => string

/** Replaces each secret, also as it stands in JSON, in a URL and in base64, by `***`. */
export function maskOf(secrets: readonly string[]): Mask {
  const forms = new Set(secrets.flatMap(s => [s, JSON.stringify(s).slice(1, -1), encodeForm(s), Buffer.from(s).toString('base64')]))
  // The longest first: one secret may be a part of another.
  const sorted = [...forms].filter(f => f !== '').toSorted((a, b) => b.length - a.length)
  return text => sorted.reduce((t, form) => t.replaceAll(form, '***'), text)
}

function encodeForm(secret: string): string {
  // A lone surrogate has no form in a URL.
  return secret.isWellFormed() ? encodeURIComponent(secret) : secret
}

/** A logger that masks what it is given, in all texts and names, before the other sees it. */
export function maskingLogger(mask: Mask, logger: Logger): Logger {
  return loggerOf((level: LogLevel, fields: LogFields, message: string) => logger[level](maskFields(mask, fields), mask(message)))
}

function maskFields(mask: Mask, fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, maskValue(mask, value, 0)]))
}

function maskValue(mask: Mask, value: unknown, depth: number): unknown {
  if (typeof value === 'string') return mask(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > 8) return '…'
  if (Array.isArray(value)) return value.map(v => maskValue(mask, v, depth + 1))
  if (value instanceof Error) return { type: value.name, message: mask(value.message), ...(isMillraceError(value) ? { code: value.code } : {}), stack: mask(value.stack ?? '') }
  const { toJSON } = value as { readonly toJSON?: unknown }
  if (typeof toJSON === 'function') return maskValue(mask, (toJSON as (this: unknown) => unknown).call(value), depth + 1)
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [mask(k), maskValue(mask, v, depth + 1)]))
}
