import { type IncomingHttpHeaders, request as httpRequest } from 'node:http'
import { live, memory, MemorySource, schema, Session, t } from 'millrace'
import { type AdminOptions, serveAdmin } from 'millrace/admin'
import { onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

export const event = schema({ id: t.int32(), place: t.string() })

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A request with exactly these headers. */
export function request(url: string, path: string, { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers: { host: `${hostname}:${port}`, ...headers } }, answer => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString() }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A session with a query into the live table "board" (key: id), and its admin server. */
export async function serveBoard(options: AdminOptions = {}, given: { readonly folder?: string; readonly input?: MemorySource<{ id: number; place: string }> } = {}) {
  const folder = given.folder ?? (await temporaryFolder())
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0', ...options })
  onTestFinished(() => server.close())
  const input = given.input ?? new MemorySource(event)
  const query = await session
    .readStream(memory(input))
    .writeStream({ name: 'board-query', sink: live({ name: 'board', key: 'id' }), outputMode: 'append', checkpointLocation: folder })
    .start()
  await vi.waitFor(() => {
    if (!query.isRecovered) throw new Error('It recovers.')
  })
  const feed = async (...rows: { id: number; place: string }[]): Promise<void> => {
    input.addData(rows)
    await query.processAllAvailable()
  }
  return { session, server, input, query, feed, url: server.url }
}
