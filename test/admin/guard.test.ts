import { connect } from 'node:net'
import { isMillraceError, Session } from 'millrace'
import { serveAdmin } from 'millrace/admin'
import { describe, expect, onTestFinished, test } from 'vitest'
import { request, serveBoard } from './support.ts'

const token = 'a-token-of-enough-characters'
const paths = ['/', '/healthz', '/readyz', '/metrics', '/streams', '/streams/board', '/api/v1/queries', '/nowhere']
const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']

test('every path answers to GET alone', async () => {
  const { url } = await serveBoard()
  for (const path of paths) for (const method of methods) expect([path, method, (await request(url, path, { method })).status]).toEqual([path, method, 405])
})

test('every answer has the headers that keep a page from being framed, sniffed or scripted by others', async () => {
  const { url } = await serveBoard()
  for (const path of paths) {
    const { headers } = await request(url, path)
    expect([path, headers['x-content-type-options'], headers['referrer-policy'], headers['cache-control'], headers['cross-origin-resource-policy']]).toEqual([path, 'nosniff', 'no-referrer', 'no-store', 'same-origin'])
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['access-control-allow-origin']).toBeUndefined()
  }
})

describe('who may ask', () => {
  test('a name that was pointed at this address is another host', async () => {
    const { url } = await serveBoard({ allowedHosts: ['board.example.org'] })
    const status = async (host: string) => (await request(url, '/streams/board', { headers: { host } })).status
    expect(await Promise.all(['evil.example', 'evil.example:9464', '127.0.0.1.evil.example', 'localhost.evil.example', '0.0.0.0', '10.0.0.1'].map(status))).toEqual([421, 421, 421, 421, 421, 421])
    expect(await Promise.all(['127.0.0.1', 'localhost:1', '[::1]:80', 'Board.Example.org:8080'].map(status))).toEqual([200, 200, 200, 200])
  })

  test('pages of other origins and sites are refused, those that are allowed get streams and nothing else', async () => {
    const { url } = await serveBoard({ allowedOrigins: ['https://board.example.org'] })
    const ask = (path: string, headers: Record<string, string>) => request(url, path, { headers })
    expect((await ask('/streams/board', { origin: 'https://evil.example' })).status).toBe(403)
    expect((await ask('/streams/board', { origin: 'null' })).status).toBe(403)
    expect((await ask('/streams/board', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await ask('/streams/board', { 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await ask('/streams/board', { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await ask('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(200)
    expect((await ask('/metrics', { origin: 'https://board.example.org' })).status).toBe(403)
    const allowed = await ask('/streams/board', { origin: 'https://board.example.org', 'sec-fetch-site': 'cross-site' })
    expect([allowed.status, allowed.headers['access-control-allow-origin'], allowed.headers.vary]).toEqual([200, 'https://board.example.org', 'origin'])
  })

  test('with a token everything but the probes and the page asks for it, and the probes say no more than yes or no', async () => {
    const { url } = await serveBoard({ token })
    const status = async (path: string, authorization?: string) => (await request(url, path, { headers: authorization === undefined ? {} : { authorization } })).status
    for (const path of ['/metrics', '/streams', '/streams/board', '/streams/board/events', '/nowhere', '/healthz/x', '/assets/../metrics']) {
      expect([path, await status(path), await status(path, 'Bearer wrong'), await status(path, token)]).toEqual([path, ...Array<number>(3).fill(path.includes('..') ? await status(path) : 401)])
    }
    expect([await status('/healthz'), await status('/readyz'), await status('/')]).toEqual([200, 200, 200])
    expect(await status('/metrics', `Bearer ${token}`)).toBe(200)
    expect(JSON.parse((await request(url, '/readyz')).text)).toEqual({ status: 'ready' })
  })

  test('an address that others can reach needs a token, and a token needs a length', async () => {
    await using session = await Session.start()
    const problem = async (options: object): Promise<string> => {
      try {
        await (await serveAdmin(session, options)).close()
        return 'none'
      } catch (error) {
        return isMillraceError(error) ? error.code : String(error)
      }
    }
    expect(await problem({ address: '0.0.0.0:0' })).toBe('ADMIN_TOKEN_REQUIRED')
    expect(await problem({ address: '[::]:0' })).toBe('ADMIN_TOKEN_REQUIRED')
    expect(await problem({ address: '0.0.0.0:0', token: 'short' })).toBe('PLAN_INVALID_OPTION')
    expect(await problem({ address: '0.0.0.0:0', token })).toBe('none')
    expect(await problem({ address: '127.0.0.1' })).toBe('PLAN_INVALID_OPTION')
    expect(await problem({ address: '127.0.0.1:70000' })).toBe('PLAN_INVALID_OPTION')
    expect(await problem({ adress: '127.0.0.1:0' })).toBe('PLAN_UNKNOWN_OPTION')
    const other = await serveAdmin(session, { address: '127.0.0.1:0' })
    onTestFinished(() => other.close())
    expect(await problem({ address: new URL(other.url).host })).toBe('ADMIN_NOT_LISTENING')
  })
})

test('traversal, bodies and heads that are too large are refused', async () => {
  const { url } = await serveBoard()
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      let got = ''
      socket.on('data', part => (got += part.toString()))
      socket.on('end', () => resolve(got.split('\r\n')[0]))
      socket.on('error', reject)
      socket.end(text)
    })
  const head = `Host: 127.0.0.1\r\nConnection: close\r\n`
  for (const path of ['/..%2f..%2fetc/passwd', '/../../etc/passwd', '/assets/..%2f..%2fpackage.json', '/streams/..%2f', '/%2e%2e/x', '/streams/__proto__', '/streams/constructor']) {
    expect(await raw(`GET ${path} HTTP/1.1\r\n${head}\r\n`)).toMatch(/^HTTP\/1.1 (400|403|404)/)
  }
  expect(await raw(`GET /healthz HTTP/1.1\r\n${head}Content-Length: 5\r\n\r\nhello`)).toMatch(/ 413 /)
  expect(await raw(`GET /healthz HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`)).toMatch(/ 413 /)
  expect(await raw(`GET /healthz HTTP/1.1\r\n${head}X-A: ${'a'.repeat(17_000)}\r\n\r\n`)).toMatch(/ 431 /)
  expect(await raw(`GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`)).toMatch(/ (400|421) /)
})
