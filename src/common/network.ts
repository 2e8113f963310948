/** The network port. Failures are Node's own errors (`code` ECONNREFUSED, ECONNRESET, ENOTFOUND …). */
export interface Network {
  /**
   * Connects and gives what the other side sends, piece by piece, until it ends the connection. The other side waits
   * while nobody asks for the next piece. When the signal aborts, the connection is closed and the iteration ends.
   */
  connect(host: string, port: number, signal: AbortSignal): AsyncIterable<Uint8Array>
}
