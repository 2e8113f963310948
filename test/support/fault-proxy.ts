import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export type Direction = 'toServer' | 'toClient'

/** What happens to the bytes of connections that are there or come. */
export interface Faults {
  /** Milliseconds that every piece is held back, in each direction. */
  readonly delayMs?: number
  /** New connections are ended at once, as by a port where nobody listens any more. */
  readonly refuse?: boolean
  /** Bytes of this direction vanish while the connection stays open: a half-open one. */
  readonly swallow?: Direction
}

/**
 * Stands between a client and one server and is a bad network when told so. It changes no byte; a broker is told to advertise
 * its port (`proxyPort`), so that clients stay behind it.
 */
export class FaultProxy {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  readonly #targetPort: () => number
  #faults: Faults = {}
  readonly #waiting = new Set<Waiting>()

  private constructor(targetPort: () => number) {
    this.#targetPort = targetPort
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, client => this.#accept(client))
  }

  /** `targetPort` is asked at every connection: the server may start after the proxy. */
  static async start(targetPort: () => number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort)
    await new Promise<void>(listening => proxy.#server.listen(0, '127.0.0.1', listening))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#pairs.size
  }

  set(faults: Faults): void {
    this.#faults = faults
  }

  /** Breaks off all connections as a crash of either side would. */
  cut(): void {
    for (const pair of this.#pairs) {
      pair.held = false
      pair.destroy()
    }
  }

  /** Connections that are there swallow everything from here on. */
  deafen(): void {
    for (const pair of this.#pairs) pair.deaf = true
  }

  /** Resolves when a piece that passes the test has come by. */
  watch(direction: Direction, test: PieceTest): Promise<void> {
    return new Promise(done => this.#waiting.add({ direction, test, act: () => (done(), 'pass') }))
  }

  /**
   * Breaks off the connection where a piece that passes the test comes by, before the piece is passed on ('toServer': the
   * request never arrives; 'toClient': it arrived, and its answer is lost). Resolves when that has happened.
   */
  cutAt(direction: Direction, test: PieceTest): Promise<void> {
    return new Promise(done => this.#waiting.add({ direction, test, act: pair => (pair.destroy(), done(), 'keep') }))
  }

  /** Cuts the client off there, and keeps piece and server: the function that it answers lets the piece arrive late. */
  holdAt(direction: 'toServer', test: PieceTest): Promise<() => Promise<void>> {
    return new Promise(done =>
      this.#waiting.add({
        direction,
        test,
        act: (pair, bytes) => {
          pair.client.destroy()
          done(() => new Promise(written => pair.server.write(bytes, () => written())))
          pair.held = true
          return 'keep'
        },
      }))
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise(stopped => this.#server.close(stopped))
  }

  #accept(client: Socket): void {
    if (this.#faults.refuse === true) {
      client.on('error', () => undefined).resetAndDestroy()
      return
    }
    const server = connect({ port: this.#targetPort(), host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const pair: Pair = {
      client,
      server,
      deaf: false,
      held: false,
      destroy: () => {
        client.destroy()
        if (pair.held) return
        this.#pairs.delete(pair)
        server.destroy()
      },
    }
    this.#pairs.add(pair)
    this.#pass(client, server, 'toServer', pair)
    this.#pass(server, client, 'toClient', pair)
  }

  #pass(from: Socket, to: Socket, direction: Direction, pair: Pair): void {
    const later = (act: () => void): void => {
      const { delayMs } = this.#faults
      if (delayMs === undefined) act()
      else setTimeout(act, delayMs)
    }
    from.on('error', pair.destroy)
    from.on('close', pair.destroy)
    from.on('end', () => {
      if (!pair.held) later(() => to.end())
    })
    from.on('data', bytes => {
      for (const waiting of this.#waiting) {
        if (waiting.direction !== direction || !waiting.test(bytes)) continue
        this.#waiting.delete(waiting)
        if (waiting.act(pair, bytes) === 'keep') return
      }
      if (pair.deaf || this.#faults.swallow === direction) return
      later(() => {
        if (!to.destroyed && !to.write(bytes)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
    })
  }
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  deaf: boolean
  /** The server's side outlives the client's. */
  held: boolean
  readonly destroy: () => void
}

export type PieceTest = (bytes: Buffer) => boolean

/** What is done once, with the first piece that passes the test; 'keep' does not pass it on. */
interface Waiting {
  readonly direction: Direction
  readonly test: PieceTest
  readonly act: (pair: Pair, bytes: Buffer) => 'pass' | 'keep'
}

/** Whether a piece from a client begins with a request of this API: int32 size, int16 key, int16 version. */
export const isRequest = (apiKey: number) => (bytes: Buffer): boolean => bytes.length >= 8 && bytes.readInt16BE(4) === apiKey
