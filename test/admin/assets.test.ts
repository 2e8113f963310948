import { expect, test } from 'vitest'
import { request, serveBoard } from './support.ts'

const token = 'a-token-of-enough-characters'

/** A request for the bytes as they are sent. */
async function bytes(url: string, path: string, encoding: string) {
  const answer = await fetch(`${url}${path}`, { headers: { 'accept-encoding': encoding } })
  return { status: answer.status, type: answer.headers.get('content-type'), encoding: answer.headers.get('content-encoding'), text: await answer.text() }
}

test('the page and what it names are served, packed for whoever takes that, with the headers of every answer', async () => {
  const { url } = await serveBoard()
  const page = await request(url, '/')
  expect([page.status, page.headers['content-type'], page.headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'no-store'])
  const named = [...page.text.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(m => `/${m[1]}`)
  expect(named.map(n => n.slice(n.lastIndexOf('.'))).sort()).toEqual(['.css', '.js', '.svg'])
  for (const path of named) {
    const plain = await request(url, path)
    expect([path, plain.status, plain.headers['content-encoding'], plain.headers['x-content-type-options']]).toEqual([path, 200, undefined, 'nosniff'])
    const packed = await request(url, path, { headers: { 'accept-encoding': 'gzip, br' } })
    expect([path, packed.headers['content-encoding'], packed.headers.vary]).toEqual([path, 'gzip', 'accept-encoding'])
    expect(await bytes(url, path, 'gzip')).toEqual({ status: 200, type: plain.headers['content-type'], encoding: 'gzip', text: plain.text })
  }
})

test('no other file is', async () => {
  const { url } = await serveBoard()
  for (const path of ['/assets/', '/assets/index.html', '/assets/index.js', '/assets/LICENSES.txt', '/assets/..%2findex.html', '/assets/__proto__', '/assets/constructor', '/index.html', '/LICENSES.txt', '/favicon.ico']) {
    expect([path, (await request(url, path)).status === 200]).toEqual([path, false])
  }
})

test('the page says whether a token is asked for, and its own files need none', async () => {
  const open = await serveBoard()
  expect((await request(open.url, '/')).text).toContain('<meta name="millrace-access" content="open">')
  const closed = await serveBoard({ token })
  const { text } = await request(closed.url, '/')
  expect(text).toContain('<meta name="millrace-access" content="token">')
  const script = /src="\.\/(assets\/[^"]+)"/.exec(text)?.[1] ?? ''
  expect((await request(closed.url, `/${script}`)).status).toBe(200)
  expect(text).not.toContain(token)
})
