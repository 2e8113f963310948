import type { Json } from '../../common/json.ts'
import { controlPaths } from '../control-routes.ts'
import { schemas } from './schemas.ts'

interface Route {
  readonly summary: string
  readonly answer: string
  readonly parameters?: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly description: string }[]
}

const id = { name: 'id', in: 'path', description: 'Id of the query, or its name.' } as const

/** Routes of `/api/v1` with what they answer. */
const routes: { readonly [path: string]: Route } = {
  '/process': { summary: 'The process and its session', answer: 'Process' },
  '/queries': { summary: 'All queries at a glance', answer: 'Queries' },
  '/queries/{id}': { summary: 'A query: sources, watermark, state, notices, errors', answer: 'QueryDetail', parameters: [id] },
  '/queries/{id}/progress': { summary: 'Its last 100 batches', answer: 'ProgressHistory', parameters: [id, { name: 'since', in: 'query', description: 'Only batches after this one.' }] },
  '/queries/{id}/plan': { summary: 'Its plan with rows and times of the last batch', answer: 'Plan', parameters: [id] },
  '/queries/{id}/checkpoint': { summary: 'The batches in its checkpoint', answer: 'CheckpointState', parameters: [id] },
  '/models': { summary: 'The models of all queries', answer: 'Models' },
  '/errors': { summary: 'The last failures', answer: 'Errors' },
}

/** The API as an OpenAPI 3.1 document. The types of its clients are made from it (scripts/dashboard-types.mjs). */
export function openApiDocument(version: string, control = false): { readonly [key: string]: Json } {
  const answer = (description: string, name: string): Json => ({ description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } })
  const paths: { [path: string]: Json } = {}
  for (const [path, { summary, answer: name, parameters = [] }] of Object.entries(routes)) {
    paths[`/api/v1${path}`] = {
      get: {
        summary,
        operationId: name.charAt(0).toLowerCase() + name.slice(1),
        parameters: parameters.map(p => ({ ...p, required: p.in === 'path', schema: { type: p.in === 'path' ? 'string' : 'integer' } })),
        responses: { 200: answer(summary, name), ...(path.includes('{id}') ? { 404: answer('There is no such query.', 'Mistake') } : {}), 401: answer('The token is missing or wrong.', 'Mistake') },
        security: [{}, { token: [] }],
      },
    }
  }
  paths['/api/v1/events'] = {
    get: {
      summary: 'Server-sent events: `changed` with {"id", "batchId"} when a query has committed a batch, started or ended',
      operationId: 'events',
      parameters: [],
      responses: { 200: { description: 'Events without end.', content: { 'text/event-stream': { schema: { type: 'string' } } } } },
      security: [{}, { token: [] }],
    },
  }
  if (control) {
    for (const { path, summary, parameters = [] } of controlPaths) {
      paths[path] = {
        post: {
          summary,
          operationId: path.replaceAll(/\W+(\w)/g, (_, c: string) => c.toUpperCase()).replace(/\W+$/, ''),
          parameters: parameters.map(p => ({ ...p, required: true, schema: { type: 'string' } })),
          responses: { 202: { description: 'It is being done.' }, 401: answer('The token is missing or wrong.', 'Mistake'), ...(parameters.length === 0 ? {} : { 404: answer('There is no such query.', 'Mistake') }) },
          security: [{ token: [] }],
        },
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Millrace', version, description: 'What a process with streaming queries does. Read only. Times are ISO 8601 in UTC.' },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  }
}
