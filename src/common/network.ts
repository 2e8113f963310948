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
