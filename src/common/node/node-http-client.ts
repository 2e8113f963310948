import type { HttpAnswer, HttpClient, HttpRequest } from '../http-client.ts'

/** Over Node's fetch. */
export const nodeHttpClient: HttpClient = Object.freeze({
  async request({ method, url, headers, timeoutMs, maxBytes }: HttpRequest): Promise<HttpAnswer> {
    const answer = await fetch(url, { method, headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
    const parts: Uint8Array[] = []
    let size = 0
    const reader = answer.body?.getReader()
    for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
      const bytes = part.value as Uint8Array
      size += bytes.length
      if (size > maxBytes) {
        await reader?.cancel()
        throw new Error(`The answer has more than ${maxBytes} bytes.`)
      }
      parts.push(bytes)
    }
    return { status: answer.status, text: Buffer.concat(parts).toString('utf8') }
  },
})
