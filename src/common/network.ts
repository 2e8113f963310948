import type { Duplex } from 'node:stream'

/** The network port. Failures are Node's own errors (`code` ECONNREFUSED, ECONNRESET, ENOTFOUND …). */
export interface Network {
  /**
   * Connects and gives what the other side sends, piece by piece, until it ends the connection. The other side waits
   * while nobody asks for the next piece. When the signal aborts, the connection is closed and the iteration ends.
   * `connected` is called once there is a connection, whatever comes through it.
   */
  connect(host: string, port: number, signal: AbortSignal, connected?: () => void): AsyncIterable<Uint8Array>
  /**
   * Opens a connection for both directions. `connected` is called once bytes may be written: with TLS, after the
   * handshake and the verification of the other side. Failures come as the socket's `error` event.
   */
  openSocket(target: SocketTarget, connected: () => void): ByteSocket
  /**
   * One GET over HTTP or HTTPS. Redirects are not followed: an answer of any status is an answer. Rejects when there is
   * none within the time (`code` ETIMEDOUT), when it is larger than allowed (EMSGSIZE), and when the signal aborts.
   */
  httpGet(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>
}

export interface HttpRequest {
  /** http: or https:, without a user in it. */
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  /** From the connection to the last byte of the answer. */
  readonly timeoutMs: number
  /** Of the answer's body. */
  readonly maxBytes: number
  /** PEM of the authorities to trust instead of those that Node knows. */
  readonly ca?: Uint8Array | undefined
}

export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array
}

export interface SocketTarget {
  readonly host: string
  readonly port: number
  /** Encrypts and verifies; plain TCP without it. */
  readonly tls?: SocketTls
}

/** PEM texts. Without `ca` the authorities that Node knows are trusted. */
export interface SocketTls {
  readonly ca?: Uint8Array
  readonly cert?: Uint8Array
  readonly key?: Uint8Array
  /** The name that the certificate must have, where it is not the host. */
  readonly serverName?: string
  /** Takes any certificate: whoever is in between can read and change everything. */
  readonly unsafeNoVerify?: boolean
}

/** A stream of bytes in both directions that can be told not to keep the process alive. */
export interface ByteSocket extends Duplex {
  unref(): this
}
