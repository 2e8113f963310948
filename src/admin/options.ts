import { type Duration, durationMs, parseInterval } from '../common/duration.ts'
import { makeError } from '../common/errors.ts'
import { option, optional, optionTable, resolveOptions } from '../common/options.ts'
import { isMetricsRegistry, type MetricsRegistry } from './metrics/metrics-registry.ts'

export interface AdminOptions {
  /** `HOST:PORT`; port 0 takes a free one. Another host than the loopback needs a token. @default '127.0.0.1:9464' */
  readonly address?: string
  /** Asked for in `Authorization: Bearer …` by everything but the probes and the dashboard's own files. At least 22 characters. */
  readonly token?: string
  /** Names under which the server is reached beside its address, as they stand in the Host header. */
  readonly allowedHosts?: readonly string[]
  /** Origins of web pages that may read `/streams`, such as `https://board.example.org`. */
  readonly allowedOrigins?: readonly string[]
  /** A query whose batch takes longer is not ready any more. @default '10 minutes' */
  readonly stallTimeout?: Duration
  /** Readers of events at a time. @default 100 */
  readonly maxEventReaders?: number
  /** What may wait for a slow reader of events; beyond it the reader is told of a gap. @default 1 MiB */
  readonly eventBufferBytes?: number
  /** A registry of prom-client that the metrics are put into and `/metrics` answers from; without one the server has its own. */
  readonly registry?: MetricsRegistry
  /** Adds routes that stop and restart, for callers with the token, which it needs. @default only reading */
  readonly control?: AdminControl
  /** The program's configuration, to be shown at `/api/v1/process`; without secrets. */
  readonly configuration?: unknown
  /** What keeps the process from being ready beside its queries, one sentence each. */
  readonly notReady?: () => readonly string[]
  /** Takes out of answers what must not be shown: messages of errors come from everywhere. Live tables do not pass it. */
  readonly mask?: (text: string) => string
}

/** What the routes of control do. */
export interface AdminControl {
  /** Ends the whole program in order. */
  stop(): void
  /** Ends a query at its next commit; answers whether there is one of that name or id. */
  stopQuery(nameOrId: string): boolean
  /** Ends a query and starts it again; answers whether there is one of that name or id. */
  restartQuery(nameOrId: string): boolean
}

export interface ResolvedAdminOptions {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  readonly stallTimeoutMs: number
  readonly maxEventReaders: number
  readonly eventBufferBytes: number
  readonly registry: MetricsRegistry | undefined
  readonly control: AdminControl | undefined
  readonly configuration: unknown
  readonly notReady: () => readonly string[]
  readonly mask: ((text: string) => string) | undefined
}

const texts = (value: unknown): boolean => Array.isArray(value) && value.every(v => typeof v === 'string')

const table = optionTable({
  address: option.text('127.0.0.1:9464', 'HOST:PORT.'),
  token: optional(option.value<string>('', 'What callers prove themselves with.', 'text of at least 22 characters', v => typeof v === 'string' && v.length >= 22)),
  allowedHosts: option.value<readonly string[]>([], 'Names under which the server is reached.', 'a list of host names', texts),
  allowedOrigins: option.value<readonly string[]>([], 'Origins that may read streams.', 'a list of origins such as "https://board.example.org"', texts),
  stallTimeout: option.value<Duration>('10 minutes', 'A query whose batch takes longer is not ready any more.', 'a length of time such as "10 minutes"', v => typeof v === 'string' && parseInterval(v)?.months === 0),
  maxEventReaders: option.integer(100, 'Readers of events at a time.', { min: 1, max: 100_000 }),
  eventBufferBytes: option.integer(1024 * 1024, 'What may wait for a slow reader.', { min: 1024 }),
  registry: option.value<MetricsRegistry | undefined>(undefined, 'What the metrics are put into.', 'a registry of prom-client', isMetricsRegistry),
  control: option.value<AdminControl | undefined>(undefined, 'What the routes of control do.', 'an object of functions', v => typeof (v as Partial<AdminControl> | null)?.stop === 'function'),
  configuration: option.value<unknown>(null, 'The configuration of the program.', 'anything', () => true),
  notReady: option.value<() => readonly string[]>(() => [], 'What keeps the process from being ready.', 'a function', v => typeof v === 'function'),
  mask: option.value<((text: string) => string) | undefined>(undefined, 'Takes out of answers what must not be shown.', 'a function', v => typeof v === 'function'),
})

/** @throws AnalysisError ADMIN_TOKEN_REQUIRED, PLAN_INVALID_OPTION, PLAN_UNKNOWN_OPTION */
export function resolveAdminOptions(given: AdminOptions): ResolvedAdminOptions {
  const o = resolveOptions(table, { ...given, ...(given.token === undefined ? {} : { token: given.token }) }, 'serveAdmin()')
  const at = o.address.lastIndexOf(':')
  const host = o.address.slice(0, at).replace(/^\[(.*)\]$/, '$1')
  const port = Number(o.address.slice(at + 1))
  if (at < 1 || !/^\d+$/.test(o.address.slice(at + 1)) || port > 65_535) {
    throw makeError('PLAN_INVALID_OPTION', `serveAdmin(): the address "${o.address}" is not HOST:PORT, such as "127.0.0.1:9464".`, { context: { option: 'address', value: o.address } })
  }
  if (!isLoopback(host) && o.token === undefined) {
    throw makeError('ADMIN_TOKEN_REQUIRED', `The admin server is to listen on "${host}", which others can reach, and has no token. Give it one of at least 22 random characters (token, or the environment variable MILLRACE_ADMIN_TOKEN), or listen on 127.0.0.1.`, {
      context: { host, port },
    })
  }
  if (o.control !== undefined && o.token === undefined) {
    throw makeError('ADMIN_TOKEN_REQUIRED', 'The admin server is to stop and restart queries for its callers, and has no token that tells who may. Give it one of at least 22 random characters (token, or the environment variable MILLRACE_ADMIN_TOKEN), or leave control away.', { context: { host, port } })
  }
  return {
    host,
    port,
    token: o.token,
    allowedHosts: o.allowedHosts,
    allowedOrigins: o.allowedOrigins,
    stallTimeoutMs: durationMs(o.stallTimeout, 'stallTimeout'),
    maxEventReaders: o.maxEventReaders,
    eventBufferBytes: o.eventBufferBytes,
    registry: o.registry,
    control: o.control,
    configuration: o.configuration,
    notReady: o.notReady,
    mask: o.mask,
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}
