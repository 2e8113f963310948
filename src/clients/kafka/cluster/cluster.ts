import { BrokerConnection, type ConnectionSettings } from '../connection/broker-connection.ts'
import { PassingFailure } from '../connection/failure.ts'
import { authorizationFailed, clientClosed, protocolError, unavailable } from '../errors.ts'
import { type CoordinatorKind, findCoordinatorRequest } from '../protocol/coordinator.ts'
import { errorName, passes } from '../protocol/error-names.ts'
import { type Metadata, metadataRequest } from '../protocol/metadata.ts'
import type { KafkaRequest } from '../protocol/request.ts'
import { type Address, FetchConnections } from './fetch-connections.ts'
import { type Tries, withRetries } from './retries.ts'

const defaultRetryMs = 60_000

/** The brokers of one cluster: who they are, a connection or two to each, and who coordinates what. */
export class Cluster {
  readonly #settings: ConnectionSettings
  readonly #bootstrap: readonly Address[]
  #brokers: ReadonlyMap<number, Address> = new Map()
  readonly #connections = new Map<string, BrokerConnection>()
  readonly #fetches: FetchConnections
  readonly #coordinators = new Map<string, number>()
  readonly #closing = new AbortController()
  #reached = false

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
    this.#bootstrap = settings.connection.brokers.map(addressOf)
    this.#fetches = new FetchConnections(settings)
  }

  get requestTimeoutMs(): number {
    return this.#settings.connection.requestTimeoutMs
  }

  /** Metadata of these topics (null: of all), from any broker that answers; learns the brokers on the way. */
  async metadata(names: readonly string[] | null): Promise<Metadata> {
    const metadata = await this.any(metadataRequest(names))
    // An answer without brokers is one of a broker that refuses, or that knows nothing yet.
    if (metadata.brokers.length === 0) throw new PassingFailure('a broker answered without naming any broker')
    this.#brokers = new Map(metadata.brokers.map(b => [b.nodeId, b]))
    return metadata
  }

  /** Sends to the first broker that can be reached: known ones before those of the options. */
  async any<T>(request: KafkaRequest<T>): Promise<T> {
    const addresses = [...this.#brokers.values(), ...this.#bootstrap]
    const tried = new Set<string>()
    let last: PassingFailure | undefined
    for (const address of addresses) {
      const name = `${address.host}:${address.port}`
      if (tried.has(name)) continue
      tried.add(name)
      try {
        const answer = await this.#connection(address).send(request)
        this.#reached = true
        return answer
      } catch (error) {
        if (!(error instanceof PassingFailure)) throw error
        last = error
      }
    }
    throw last ?? new PassingFailure('no broker is known')
  }

  /** @throws PassingFailure also where the broker is not known (any more): metadata has to be asked for again */
  async node<T>(nodeId: number, request: KafkaRequest<T>): Promise<T> {
    return await this.#connection(this.#address(nodeId)).send(request)
  }

  /** The same for a request that may wait at the broker: nothing else waits behind it, and it ends with the signal. */
  async sendFetch<T>(nodeId: number, request: KafkaRequest<T>, signal?: AbortSignal): Promise<T> {
    return await this.#fetches.send(this.#address(nodeId), request, signal)
  }

  /** Sends to the coordinator of a group or transactional id, which is looked up where it is not known. */
  async coordinator<T>(key: string, kind: CoordinatorKind, request: KafkaRequest<T>): Promise<T> {
    const name = `${kind}/${key}`
    let nodeId = this.#coordinators.get(name)
    if (nodeId === undefined) {
      const found = await this.any(findCoordinatorRequest(key, kind))
      this.check(found.errorCode, `finding the coordinator of ${kind === 'group' ? 'group' : 'transactional id'} "${key}"`, found.message)
      nodeId = found.nodeId
      this.#brokers = new Map([...this.#brokers, [nodeId, found]])
      this.#coordinators.set(name, nodeId)
    }
    try {
      return await this.node(nodeId, request)
    } catch (error) {
      if (error instanceof PassingFailure) this.#coordinators.delete(name)
      throw error
    }
  }

  forgetCoordinator(key: string, kind: CoordinatorKind): void {
    this.#coordinators.delete(`${kind}/${key}`)
  }

  /** @throws PassingFailure, QueryError KAFKA_AUTHORIZATION_FAILED or KAFKA_PROTOCOL, where the code is an error. `what` reads as a thing: "the offsets of …". */
  check(code: number, what: string, words?: string | null): void {
    if (code === 0) return
    const name = errorName(code)
    if (passes(name)) throw new PassingFailure(`a broker answered ${name} to ${what}`, { answer: name })
    if (name.endsWith('AUTHORIZATION_FAILED')) throw authorizationFailed(what, code)
    throw protocolError(what, code, words)
  }

  /** Tries again whatever may pass, for a minute once there was a connection. @throws QueryError KAFKA_UNAVAILABLE */
  async retried<T>(what: string, attempt: (tries: Tries) => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await this.retriedOrPassing(attempt, signal)
    } catch (error) {
      throw error instanceof PassingFailure ? this.gaveUp(what, error) : error
    }
  }

  /** The same, but the last PassingFailure is thrown as it is. */
  async retriedOrPassing<T>(attempt: (tries: Tries) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { connection, ports } = this.#settings
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    return await withRetries({ ports, limitMs: this.#reached ? (connection.retryTimeoutMs ?? defaultRetryMs) : connection.connectionTimeoutMs, signal: stop }, attempt)
  }

  /** KAFKA_UNAVAILABLE, for what passed no more. */
  gaveUp(what: string, last: PassingFailure): Error {
    return this.#closing.signal.aborted ? clientClosed() : unavailable(this.#settings.connection.brokers, what, last.message, last)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([this.#fetches.close(), ...[...this.#connections.values()].map(c => c.close())])
  }

  #address(nodeId: number): Address {
    const address = this.#brokers.get(nodeId)
    if (address === undefined) throw new PassingFailure(`broker ${nodeId} is not among the brokers known`)
    return address
  }

  #connection({ host, port }: Address): BrokerConnection {
    if (this.#closing.signal.aborted) throw clientClosed()
    const key = `${host}:${port}`
    let connection = this.#connections.get(key)
    if (connection === undefined) {
      connection = new BrokerConnection(host, port, this.#settings)
      this.#connections.set(key, connection)
    }
    return connection
  }
}

/** `host:port`, the host perhaps an IPv6 address in brackets. The options checked the form. */
function addressOf(broker: string): Address {
  const at = broker.lastIndexOf(':')
  return { host: broker.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(at + 1)) }
}
