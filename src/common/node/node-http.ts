import { get as getPlain } from 'node:http'
import { get as getEncrypted } from 'node:https'
import type { HttpAnswer, HttpRequest } from '../network.ts'

/** See the port. Every request has a connection of its own: they are few, and none is left behind. */
export function httpGet({ url, headers, timeoutMs, maxBytes, ca }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url)
    const late = AbortSignal.timeout(timeoutMs)
    const options = { headers, signal: AbortSignal.any([signal, late]), agent: false as const }
    const failed = (error: Error): void => {
      reject(late.aborted && !signal.aborted ? coded('ETIMEDOUT', `there was no answer within ${timeoutMs} ms`) : error)
    }
    const request = target.protocol === 'https:' ? getEncrypted(target, { ...options, ...(ca === undefined ? {} : { ca: Buffer.from(ca) }) }) : getPlain(target, options)
    request.on('error', failed)
    request.on('response', response => {
      const pieces: Uint8Array[] = []
      let bytes = 0
      response.on('error', failed)
      response.on('data', (piece: Uint8Array) => {
        pieces.push(piece)
        bytes += piece.length
        if (bytes > maxBytes) response.destroy(coded('EMSGSIZE', `the answer is larger than ${maxBytes} bytes`))
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }))
    })
  })
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
