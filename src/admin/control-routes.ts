import type { HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { messageOf } from '../common/errors.ts'
import type { Session } from '../session/session.ts'
import type { AdminControl } from './options.ts'

const id = { name: 'id', in: 'path', description: 'Id of the query, or its name.' } as const

/** The routes that change something; they are there only with `control`, and the guard asks for the token. */
export const controlPaths: readonly { readonly path: string; readonly summary: string; readonly parameters?: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly description: string }[] }[] = Object.freeze([
  { path: '/api/v1/stop', summary: 'Ends the program in order' },
  { path: '/api/v1/queries/{id}/stop', summary: 'Ends a query at its next commit', parameters: [id] },
  { path: '/api/v1/queries/{id}/restart', summary: 'Ends a query and starts it again', parameters: [id] },
  { path: '/api/v1/queries/{id}/rollback', summary: 'Goes back to the version of a model before', parameters: [id, { name: 'model', in: 'query', description: 'The reference that the query names the model by.' }] },
])

const pattern = new RegExp(`^(${controlPaths.map(({ path }) => path.replace('{id}', '[^/]+')).join('|')})$`)

/** Whether a request is one of these routes. */
export function isControl(method: string, path: string): boolean {
  return method === 'POST' && pattern.test(path)
}

export function controlRoutes(app: Hono<{ Bindings: HttpBindings }>, session: Session, control: AdminControl): void {
  const none = { error: 'There is no such query.' }
  app.post('/api/v1/stop', c => {
    control.stop()
    return c.json({ status: 'stopping' }, 202)
  })
  app.post('/api/v1/queries/:id/stop', c => (control.stopQuery(c.req.param('id')) ? c.json({ status: 'stopping' }, 202) : c.json(none, 404)))
  app.post('/api/v1/queries/:id/restart', c => (control.restartQuery(c.req.param('id')) ? c.json({ status: 'restarting' }, 202) : c.json(none, 404)))
  app.post('/api/v1/queries/:id/rollback', c => {
    const nameOrId = c.req.param('id')
    const query = session.streams.active.find(q => q.id === nameOrId || q.name === nameOrId)
    if (query === undefined) return c.json(none, 404)
    try {
      return c.json({ version: query.models.rollback(c.req.query('model') ?? '') }, 202)
    } catch (error) {
      return c.json({ error: messageOf(error) }, 409)
    }
  })
}
