/** The network port. Failures are Node's own errors (`code` ECONNREFUSED, ECONNRESET, ENOTFOUND …). */
export interface Network {
  /**
   * Connects and gives what the other side sends, piece by piece, until it ends the connection. The other side waits
   * while nobody asks for the next piece. When the signal aborts, the connection is closed and the iteration ends.
   * `connected` is called once there is a connection, whatever comes through it.
   */
  connect(host: string, port: number, signal: AbortSignal, connected?: () => void): AsyncIterable<Uint8Array>
}
