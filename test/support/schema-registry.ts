import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TestReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

interface Registered {
  readonly id: number
  readonly text: string
  readonly type: string
  readonly references: readonly TestReference[]
}

/**
 * A schema registry that has what the REST interface of Confluent's says about ids, subjects and versions. (Theirs is not on
 * Maven Central, from where tests get their broker.)
 */
export class TestRegistry {
  readonly asked: string[] = []
  readonly url: string
  /** Answers instead, while it is set; true when it did. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  readonly #subjects = new Map<string, Registered[]>()
  #nextId = 1

  private constructor(url: string) {
    this.url = url
  }

  static async start(tls?: { readonly pem: Uint8Array }): Promise<TestRegistry> {
    const answer: RequestListener = (request, response) => registry.#answer(request, response)
    const server = tls === undefined ? createServer(answer) : createTlsServer({ key: Buffer.from(tls.pem), cert: Buffer.from(tls.pem) }, answer)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const registry = new TestRegistry(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return registry
  }

  /** Answers the id. A schema that is no text is Avro or JSON. */
  register(subject: string, schema: unknown, type: 'AVRO' | 'JSON' | 'PROTOBUF' = 'AVRO', references: readonly TestReference[] = []): number {
    const id = this.#nextId++
    const versions = this.#subjects.get(subject) ?? []
    this.#subjects.set(subject, versions)
    versions.push({ id, text: typeof schema === 'string' ? schema : JSON.stringify(schema), type, references })
    return id
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? ''
    this.asked.push(path)
    if (this.instead?.(request, response) === true) return
    const say = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body))
    }
    const byId = /^\/schemas\/ids\/(\d+)$/.exec(path)
    const version = /^\/subjects\/([^/]+)\/versions\/(latest|\d+)$/.exec(path)
    if (byId !== null) {
      const found = [...this.#subjects.values()].flat().find(s => s.id === Number(byId[1]))
      if (found === undefined) say(404, { error_code: 40_403, message: `Schema ${byId[1]} not found` })
      else say(200, bodyOf(found))
    } else if (version !== null) {
      const subject = decodeURIComponent(version[1])
      const versions = this.#subjects.get(subject)
      const number = version[2] === 'latest' ? (versions?.length ?? 0) : Number(version[2])
      const found = versions?.[number - 1]
      if (versions === undefined) say(404, { error_code: 40_401, message: `Subject '${subject}' not found.` })
      else if (found === undefined) say(404, { error_code: 40_402, message: 'Version not found.' })
      else say(200, { subject, version: number, id: found.id, ...bodyOf(found) })
    } else say(404, { error_code: 404, message: 'HTTP 404 Not Found' })
  }
}

/** Of Avro the type is not said. */
function bodyOf({ text, type, references }: Registered): object {
  return { schema: text, ...(type === 'AVRO' ? {} : { schemaType: type }), ...(references.length === 0 ? {} : { references }) }
}

/** A record in the framing of the registry. */
export function framed(id: number, body: Uint8Array, indexes: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(id, 1)
  return Buffer.concat([head, indexes, body])
}
