import { makeError, messageOf } from '../common/errors.ts'
import type { HttpAnswer, HttpClient } from '../common/http-client.ts'
import { nodeFileSystem } from '../common/node/node-file-system.ts'
import { nodeHttpClient } from '../common/node/node-http-client.ts'
import { adminToken } from './admin-token.ts'

const timeoutMs = 10_000
const maxBytes = 64 * 1024 * 1024

/** Asks the admin server of a running job. */
export class AdminClient {
  readonly #base: URL
  readonly #token: string | undefined
  readonly #http: HttpClient

  constructor(base: URL, token: string | undefined, http: HttpClient = nodeHttpClient) {
    this.#base = base
    this.#token = token
    this.#http = http
  }

  /**
   * With the token of the environment. `http://` may be left away.
   * @throws AnalysisError JOB_INVALID_SETTING
   */
  static async open(address: string): Promise<AdminClient> {
    const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') {
      throw makeError('JOB_INVALID_SETTING', 'The address of the admin server must be a URL such as http://127.0.0.1:9464, without a name or password in it.')
    }
    return new AdminClient(url, await adminToken(process.env, nodeFileSystem))
  }

  /**
   * A JSON answer; with another status than those it is an error.
   * @throws QueryError ADMIN_UNREACHABLE, ADMIN_REFUSED
   */
  async ask<T>(method: 'GET' | 'POST', path: string, statuses: readonly number[] = [200, 202]): Promise<T> {
    const url = new URL(path, this.#base)
    let answer: HttpAnswer
    try {
      answer = await this.#http.request({ method, url, headers: { accept: 'application/json', ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }) }, timeoutMs, maxBytes })
    } catch (cause) {
      const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
      throw makeError('ADMIN_UNREACHABLE', `The admin server at ${this.#base.host} does not answer: ${messageOf(why)}. Is the job running, with --admin ${this.#base.host}?`, { context: { host: this.#base.host }, cause })
    }
    const body = parsed(answer.text)
    if (statuses.includes(answer.status) && body !== undefined) return body as T
    const { error } = (body ?? {}) as { readonly error?: unknown }
    throw makeError('ADMIN_REFUSED', `The server at ${this.#base.host} answered ${method} ${path} with ${answer.status}${typeof error === 'string' ? `: ${error}` : '.'}${nextStep(method, answer.status)}`, { context: { host: this.#base.host, path, status: answer.status } })
  }
}

function nextStep(method: string, status: number): string {
  if (status === 401) return ' Put the token of the job into MILLRACE_ADMIN_TOKEN.'
  if (status === 405 && method === 'POST') return ' Start the job with --control, and a token in MILLRACE_ADMIN_TOKEN.'
  return ''
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
