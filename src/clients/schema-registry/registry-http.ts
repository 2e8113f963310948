import { Buffer } from 'node:buffer'
import { type Duration, durationMs } from '../../common/duration.ts'
import { messageOf } from '../../common/errors.ts'
import type { HttpAnswer, HttpRequest } from '../../common/network.ts'
import type { Ports } from '../../common/ports.ts'
import { credentialsMissing } from '../kafka/errors.ts'
import type { SecretReference } from '../kafka/port.ts'
import { registryRefused, registryUnavailable } from './errors.ts'
import type { ResolvedRegistryOptions } from './options.ts'

/** Larger than any schema with its references as JSON text. */
const maxAnswerBytes = 8 * 1024 * 1024
const firstPauseMs = 250
const longestPauseMs = 5000

/** What a registry says: the JSON of an answer, or the code of its refusal. */
export type RegistryAnswer = { readonly found: unknown } | { readonly missing: number }

/** Asks one registry, and goes on asking while it cannot be reached. Only the address that was given is ever asked. */
export class RegistryHttp {
  readonly #options: ResolvedRegistryOptions
  readonly #ports: Ports
  readonly #base: string

  constructor(options: ResolvedRegistryOptions, ports: Ports) {
    this.#options = options
    this.#ports = ports
    this.#base = options.url.replace(/\/+$/, '')
  }

  /**
   * `path` has no text from outside that is not encoded. `what` says in words what is asked for.
   * @throws QueryError KAFKA_REGISTRY_UNAVAILABLE, KAFKA_REGISTRY_REFUSED, KAFKA_CREDENTIALS_MISSING
   */
  async get(path: string, what: string, signal: AbortSignal): Promise<RegistryAnswer> {
    const { clock, network } = this.#ports
    const { url, requestTimeout, retryFor } = this.#options
    const until = clock.monotonic() + durationMs(retryFor as Duration, 'retryFor')
    const request = await this.#request(path, durationMs(requestTimeout as Duration, 'requestTimeout'))
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      let last: string
      let cause: unknown
      try {
        const answer = await network.httpGet(request, signal)
        const { status } = answer
        if (status !== 429 && status < 500) return this.#understood(answer, what)
        last = `it answered with status ${status}`
      } catch (error) {
        if ((error as { readonly kind?: unknown }).kind === 'MillraceError') throw error
        const code = String((error as { readonly code?: unknown }).code)
        if (/CERT|VERIFY|SIGNATURE|EMSGSIZE|ERR_INVALID/.test(code)) throw registryRefused(url, what, messageOf(error), 'Check the options "url", "caFile" (the authority of its certificate) and "auth".', error)
        last = messageOf(error) === '' ? code : messageOf(error)
        cause = error
      }
      if (signal.aborted || clock.monotonic() + pauseMs > until) throw registryUnavailable(url, what, last, cause)
      await clock.sleep(pauseMs, signal)
    }
  }

  #understood({ status, body }: HttpAnswer, what: string): RegistryAnswer {
    const { url } = this.#options
    if (status === 401 || status === 403) throw registryRefused(url, what, `it does not allow that (status ${status})`, 'Correct the option "auth", or the rights of the user.')
    if (status >= 300 && status < 400) throw registryRefused(url, what, `it answered with a redirect (status ${status}), and none is followed`, 'Give the address that it leads to as "url", if it is the registry.')
    let json: unknown
    try {
      json = JSON.parse(Buffer.from(body).toString('utf8'))
    } catch (error) {
      throw registryRefused(url, what, `its answer with status ${status} is no JSON`, 'Check that a schema registry is at that address, with the path that it may need.', error)
    }
    if (status === 200) return { found: json }
    const code = typeof json === 'object' && json !== null && 'error_code' in json ? json.error_code : undefined
    // 40401 no subject, 40402 no version, 40403 no schema.
    if (status === 404 && typeof code === 'number' && code >= 40_401 && code <= 40_403) return { missing: code }
    throw registryRefused(url, what, `it answered with status ${status}`, 'Check that a schema registry is at that address, with the path that it may need.')
  }

  async #request(path: string, timeoutMs: number): Promise<HttpRequest> {
    const { auth, caFile } = this.#options
    const headers: { [name: string]: string } = { accept: 'application/vnd.schemaregistry.v1+json, application/json' }
    if (auth !== undefined) {
      if ('token' in auth) headers['authorization'] = `Bearer ${await this.#secret('auth.token', auth.token)}`
      else headers['authorization'] = `Basic ${Buffer.from(`${auth.username}:${await this.#secret('auth.password', auth.password)}`).toString('base64')}`
    }
    const ca = caFile === undefined ? undefined : await this.#file('caFile', caFile)
    return { url: this.#base + path, headers, timeoutMs, maxBytes: maxAnswerBytes, ...(ca === undefined ? {} : { ca }) }
  }

  async #secret(option: string, reference: SecretReference): Promise<string> {
    const secret = 'env' in reference ? process.env[reference.env] : Buffer.from(await this.#file(option, reference.file)).toString('utf8').replace(/\r?\n$/, '')
    if (secret === undefined || secret === '') {
      throw 'env' in reference
        ? credentialsMissing(option, `the environment variable "${reference.env}"`, 'which is not set')
        : credentialsMissing(option, `the file "${reference.file}"`, 'which is empty')
    }
    return secret
  }

  async #file(option: string, path: string): Promise<Uint8Array> {
    try {
      return await this.#ports.files.readFile(path)
    } catch (error) {
      throw credentialsMissing(option, `the file "${path}"`, `which cannot be read (${messageOf(error)})`)
    }
  }
}
