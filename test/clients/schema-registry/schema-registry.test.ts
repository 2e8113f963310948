import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeCertificates } from '../../../scripts/kafka/certificates.ts'
import { type RegistryOptions, resolveRegistryOptions } from '../../../src/clients/schema-registry/options.ts'
import { SchemaRegistry } from '../../../src/clients/schema-registry/schema-registry.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import { TestRegistry } from '../../support/schema-registry.ts'

const signal = new AbortController().signal
const quick = { retryFor: '0 seconds', requestTimeout: '10 seconds' }
const open = (url: string, options: Partial<RegistryOptions> = {}) => new SchemaRegistry(resolveRegistryOptions({ url, ...quick, ...options }), nodePorts)

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'millrace-registry-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** Everything that somebody may come to read of an error. */
const textsOf = (error: unknown): string => (error instanceof Error ? [error.message, error.stack, JSON.stringify(error), textsOf(error.cause)].join('\n') : String(error))

describe('the client of a schema registry', () => {
  test('gets each schema once, and asks again for one that was not there', async () => {
    const server = await TestRegistry.start()
    const id = server.register('payments-value', 'string')
    const registry = open(`${server.url}/`)
    const schema = { id, format: 'avro', text: 'string', references: [] }
    expect([await registry.byId(id, signal), await registry.byId(id, signal), await registry.byId(2, signal)]).toEqual([schema, schema, undefined])
    server.register('other', 'int')
    expect((await registry.byId(2, signal))?.text).toBe('int')
    expect(server.asked).toEqual([`/schemas/ids/${id}`, '/schemas/ids/2', '/schemas/ids/2'])
    expect([await registry.latest('payments-value', signal), await registry.latest('ä/../x', signal)]).toEqual([schema, undefined])
    expect(server.asked.at(-1)).toBe('/subjects/%C3%A4%2F..%2Fx/versions/latest')
  })

  test('gets what a schema refers to, that first, and each once', async () => {
    const server = await TestRegistry.start()
    server.register('money', 'M')
    server.register('place', 'P', 'AVRO', [{ name: 'Money', subject: 'money', version: 1 }])
    const id = server.register('order', 'O', 'AVRO', [{ name: 'Place', subject: 'place', version: 1 }, { name: 'Money', subject: 'money', version: 1 }])
    expect((await open(server.url).byId(id, signal))?.references).toEqual([{ name: 'Money', text: 'M' }, { name: 'Place', text: 'P' }])
    const self = server.register('self', 'S', 'PROTOBUF', [{ name: 'self', subject: 'self', version: 1 }])
    expect((await open(server.url).byId(self, signal))?.references).toEqual([{ name: 'self', text: 'S' }])
    const lost = server.register('lost', 'L', 'AVRO', [{ name: 'x', subject: 'gone', version: 3 }])
    await expect(open(server.url).byId(lost, signal)).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_REFUSED', message: expect.stringContaining('version 3 of subject "gone"') as string })
  })

  test('asks again while the registry is down, and then says so as what may be tried again', async () => {
    const server = await TestRegistry.start()
    const id = server.register('s', 'string')
    let failures = 2
    server.instead = (request, response) => {
      if (failures-- <= 0) return false
      if (failures === 1) response.writeHead(503).end('starting')
      else request.socket.destroy()
      return true
    }
    expect((await open(server.url, { retryFor: '1 minute' }).byId(id, signal))?.text).toBe('string')
    expect(server.asked.length).toBe(3)
    failures = 9
    await expect(open(server.url).byId(id, signal)).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_UNAVAILABLE', retryable: true })
    const gone = createServer()
    await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise(resolve => gone.close(resolve))
    await expect(open(`http://127.0.0.1:${port}`).byId(id, signal)).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') as string })
  })

  test('waits for no answer longer than it may, and stops when told', async () => {
    const server = await TestRegistry.start()
    server.instead = () => true
    await expect(open(server.url, { requestTimeout: '50 ms' }).byId(1, signal)).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_UNAVAILABLE', message: expect.stringContaining('within 50 ms') as string })
    const stop = new AbortController()
    const asking = open(server.url, { retryFor: '1 minute' }).byId(1, stop.signal)
    stop.abort()
    await expect(asking).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_UNAVAILABLE' })
  })

  test.each([
    ['a redirect', 302, '', 'and none is followed'],
    ['a page', 200, '<html>', 'is no JSON'],
    ['a page that is not there', 404, '{"error":"no"}', 'it answered with status 404'],
    ['no schema', 200, '{"x":1}', 'is none of a schema registry'],
    ['a null', 200, 'null', 'is none of a schema registry'],
    ['references that are none', 200, '{"schema":"s","references":[{"name":"a"}]}', 'is none of a schema registry'],
    ['references to another path', 200, '{"schema":"s","references":[{"name":"a","subject":"..","version":1}]}', 'is none of a schema registry'],
    ['a type that is not known', 200, '{"schema":"s","schemaType":"XML"}', 'the schema is of type "XML"'],
    ['no right', 403, '{"error_code":40301}', 'it does not allow that'],
    ['more than any schema', 200, ' '.repeat(9 * 1024 * 1024), 'larger than 8388608 bytes'],
  ])('refuses %s', async (_, status, body, why) => {
    const server = await TestRegistry.start()
    server.instead = (request, response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end(body)
      return request.method === 'GET'
    }
    await expect(open(server.url, { retryFor: '1 minute' }).byId(1, signal)).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_REFUSED', message: expect.stringContaining(why) as string, retryable: false })
    expect(server.asked).toEqual(['/schemas/ids/1'])
  })

  test('says who it is, and shows no secret', async () => {
    const server = await TestRegistry.start()
    const seen: (string | undefined)[] = []
    server.instead = (request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(401).end('{}')
      return true
    }
    const file = join(folder(), 'token')
    writeFileSync(file, 't0ps3cret\n')
    process.env['MILLRACE_TEST_REGISTRY'] = 'hunter2:ü'
    onTestFinished(() => void delete process.env['MILLRACE_TEST_REGISTRY'])
    const errors = await Promise.all([{ username: 'u', password: { env: 'MILLRACE_TEST_REGISTRY' } }, { token: { file } }].map(async auth => {
      const failed = await open(server.url, { auth }).byId(1, signal).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'KAFKA_REGISTRY_REFUSED' })
      return textsOf(failed)
    }))
    expect(seen.sort()).toEqual([`Basic ${Buffer.from('u:hunter2:ü').toString('base64')}`, 'Bearer t0ps3cret'])
    expect(errors.join('')).not.toMatch(/hunter2|t0ps3cret/)
    await expect(open(server.url, { auth: { token: { env: 'MILLRACE_TEST_NOT_SET' } } }).byId(1, signal)).rejects.toMatchObject({ code: 'KAFKA_CREDENTIALS_MISSING' })
  })

  test('verifies the certificate, also by an authority of its own', async () => {
    const made = makeCertificates(folder())
    const server = await TestRegistry.start({ pem: readFileSync(made.keystore) })
    const id = server.register('s', 'string')
    expect((await open(server.url, { caFile: made.ca }).byId(id, signal))?.text).toBe('string')
    await expect(open(server.url, { retryFor: '1 minute' }).byId(id, signal)).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_REFUSED', message: expect.stringContaining('caFile') as string })
    await expect(open(server.url, { caFile: '/absent.pem' }).byId(id, signal)).rejects.toMatchObject({ code: 'KAFKA_CREDENTIALS_MISSING' })
  })

  test.each([
    [{ url: 'file:///etc/passwd' }, 'url'], [{ url: 'ftp://h' }, 'url'], [{ url: 'registry' }, 'url'], [{ url: 'http://u:p@h' }, 'url'], [{ url: 'http://h/?x' }, 'url'], [{}, 'url'],
    [{ url: 'http://registry:8081', auth: { token: { env: 'X' } } }, 'auth'], [{ url: 'https://h', auth: { token: 'text' } }, 'auth'], [{ url: 'https://h', auth: { username: 'u' } }, 'auth'],
    [{ url: 'https://h', format: 'xml' }, 'format'],
  ])('takes no options such as %j', (options, name) => {
    expect(() => resolveRegistryOptions(options)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID_OPTION', message: expect.stringContaining(`"${name}"`) as string }) as Error)
  })
})
