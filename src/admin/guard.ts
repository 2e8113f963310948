import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler } from 'hono'
import { secretsEqual } from '../common/digest.ts'
import { isControl } from './control-routes.ts'
import { isLoopback, type ResolvedAdminOptions } from './options.ts'

/** On every answer: scripts and data come from here alone, nothing is framed, sniffed, kept or sent on. */
export const fixedHeaders: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
})

/** Probes of an orchestrator have no token; the dashboard's files say nothing, and it asks for the token itself. */
const open = /^\/(healthz|readyz|assets\/[^/]+)?$/

/**
 * What a request must be before any route sees it (reliability rules of the HTTP server): GET, or POST of a
 * control route where there are these, without a body, for a host
 * that is ours (a page whose name was pointed at this address has another), from no other site, with the token if there is
 * one. Refused with 4xx and a sentence.
 */
export function guard(options: ResolvedAdminOptions): MiddlewareHandler {
  return async (c, next) => {
    const refusal = refuse(c, options)
    if (refusal !== undefined) c.res = c.json({ error: refusal.error }, refusal.status)
    else await next()
    await maskAnswer(c, options)
    // An event stream writes to the connection itself, its headers too.
    if (c.res === RESPONSE_ALREADY_SENT) return
    for (const [name, value] of Object.entries(fixedHeaders)) if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    const origin = c.req.header('origin')
    if (origin !== undefined && options.allowedOrigins.includes(origin)) {
      c.res.headers.set('access-control-allow-origin', origin)
      c.res.headers.set('vary', 'origin')
      c.res.headers.set('cross-origin-resource-policy', 'cross-origin')
    }
  }
}

/** Answers that can hold messages of errors, which come from everywhere. Events have none, and live tables are data. */
async function maskAnswer(c: Context, { mask }: ResolvedAdminOptions): Promise<void> {
  if (mask === undefined || c.res === RESPONSE_ALREADY_SENT || c.req.path.startsWith('/streams') || !/json|^text\/plain/.test(c.res.headers.get('content-type') ?? '')) return
  const { status } = c.res
  const text = mask(await c.res.text())
  const headers = new Headers(c.res.headers)
  headers.delete('content-length')
  // Hono adds the headers of what stood here before.
  c.res = undefined
  c.res = new Response(text, { status, headers })
}

interface Refusal {
  readonly status: 400 | 401 | 403 | 405 | 413 | 421
  readonly error: string
}

function refuse(c: Context, options: ResolvedAdminOptions): Refusal | undefined {
  const { path } = c.req
  const host = c.req.header('host') ?? ''
  if (!isOurs(host, options)) return { status: 421, error: 'This server does not answer for that host.' }
  if (path.includes('..') || path.includes('\\') || path.includes('\0')) return { status: 400, error: 'There is no such path.' }
  const origin = c.req.header('origin')
  const isForeign = origin !== undefined && hostOf(origin) !== host.toLowerCase()
  const isAllowed = origin !== undefined && options.allowedOrigins.includes(origin) && path.startsWith('/streams')
  if (isForeign && !isAllowed) return { status: 403, error: 'Pages of other origins are not answered.' }
  const site = c.req.header('sec-fetch-site')
  const isNavigation = c.req.header('sec-fetch-mode') === 'navigate' && path === '/'
  if ((site === 'cross-site' || site === 'same-site') && !isAllowed && !isNavigation) return { status: 403, error: 'Requests from other sites are not answered.' }
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  if (!isRead && !(options.control !== undefined && isControl(c.req.method, path))) return { status: 405, error: 'Only GET is answered here.' }
  if (c.req.header('transfer-encoding') !== undefined || Number(c.req.header('content-length') ?? 0) > 0) return { status: 413, error: 'Requests here have no body.' }
  if (options.token !== undefined && !open.test(path) && !hasToken(c, options.token)) return { status: 401, error: 'Send the token as "Authorization: Bearer TOKEN".' }
  return undefined
}

function isOurs(header: string, { host, allowedHosts }: ResolvedAdminOptions): boolean {
  const name = header.toLowerCase().replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return isLoopback(name) || name === host.toLowerCase() || allowedHosts.some(h => h.toLowerCase() === name)
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).host.toLowerCase()
  } catch {
    return ''
  }
}

function hasToken(c: Context, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  return given !== undefined && secretsEqual(given, token)
}
