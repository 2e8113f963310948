import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import type { FileSystem } from '../common/file-system.ts'

/** Where `npm run build` puts the page; it is part of the package. */
const folder = fileURLToPath(new URL('../dashboard/', import.meta.url))

const types = new Map([['js', 'text/javascript; charset=utf-8'], ['css', 'text/css; charset=utf-8'], ['svg', 'image/svg+xml']])

interface Asset {
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

/**
 * The dashboard: `/` and `/assets/NAME`. Its files are read once, when the server starts; a request only looks a name up,
 * so that no path of a request ever reaches the file system. Where they are missing (in a bundle of the program) there is a
 * page that names the other routes.
 */
export async function assetRoutes(app: Hono<{ Bindings: HttpBindings }>, files: FileSystem, needsToken: boolean): Promise<void> {
  const assets = new Map<string, Asset>()
  const index = asset('text/html; charset=utf-8', await readPage(files, needsToken, assets))
  app.get('/', c => send(c, index))
  app.get('/assets/:name', c => {
    const found = assets.get(c.req.param('name'))
    return found === undefined ? c.json({ error: 'There is no such path.' }, 404) : send(c, found)
  })
}

async function readPage(files: FileSystem, needsToken: boolean, assets: Map<string, Asset>): Promise<Uint8Array> {
  try {
    for (const { name, kind } of await files.list(`${folder}assets`)) {
      const type = types.get(name.slice(name.lastIndexOf('.') + 1))
      if (kind === 'file' && type !== undefined) assets.set(name, asset(type, await files.readFile(`${folder}assets/${name}`)))
    }
    const page = new TextDecoder().decode(await files.readFile(`${folder}index.html`))
    // The page then asks for the token before it asks for anything else.
    return new TextEncoder().encode(needsToken ? page.replace('<meta name="millrace-access" content="open">', '<meta name="millrace-access" content="token">') : page)
  } catch {
    return new TextEncoder().encode(plainPage)
  }
}

const plainPage = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Millrace</title><h1>Millrace</h1><p>The files of the dashboard are not beside the program. What it shows: <a href="/api/v1/queries">queries</a>, <a href="/readyz">readiness</a>, <a href="/metrics">metrics</a>, <a href="/streams">streams</a>.</p></html>'

function asset(type: string, bytes: Uint8Array): Asset {
  return { type, bytes: new Uint8Array(bytes), gzip: new Uint8Array(gzipSync(bytes, { level: 9 })) }
}

function send(c: Context, { type, bytes, gzip }: Asset): Response {
  if (!/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) return c.body(bytes, 200, { 'content-type': type, vary: 'accept-encoding' })
  return c.body(gzip, 200, { 'content-type': type, 'content-encoding': 'gzip', vary: 'accept-encoding' })
}
