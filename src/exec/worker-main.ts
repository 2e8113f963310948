import { parentPort, workerData } from 'node:worker_threads'
import { assert, assertNever } from '../common/assert.ts'
import { errorToData } from '../common/errors.ts'
import { nodePorts } from '../common/node/node-ports.ts'
import { batchToData } from '../columnar/transfer.ts'
import { Exchange } from './exchange/exchange.ts'
import { NativeCalls } from './native-calls.ts'
import { RuntimeHost } from './runtime-host.ts'
import { type FromWorker, type Reply, type Request, resultToData, setupFromRequest, taskFromData, type ToWorker, type WorkerStart } from './worker-protocol.ts'

/** The entry of a worker thread: a RuntimeHost behind messages. */
assert(parentPort !== null, 'worker-main runs in a worker thread only.')
const port = parentPort
const start = workerData as WorkerStart
const exchange = new Exchange(start.id)
const host = new RuntimeHost(start.id, nodePorts, { taskTimeoutMs: start.taskTimeoutMs, exchange, nativeCalls: new NativeCalls(start.id, start.nativeCalls) })
const running = new Map<number, AbortController>()

port.on('message', (message: ToWorker) => {
  if ('abort' in message) running.get(message.abort)?.abort()
  else if ('connect' in message) exchange.connect(message.connect, message.port)
  else void serve(message.id, message.request)
})

async function serve(id: number, request: Request): Promise<void> {
  const transfer = new Set<ArrayBuffer>()
  let reply: Reply
  try {
    reply = await answer(id, request, transfer)
  } catch (error) {
    transfer.clear()
    reply = { kind: 'failed', error: errorToData(error) }
  }
  const message: FromWorker = { id, reply }
  port.postMessage(message, [...transfer])
  if (request.kind === 'stop') port.close()
}

async function answer(id: number, request: Request, transfer: Set<ArrayBuffer>): Promise<Reply> {
  switch (request.kind) {
    case 'open':
      await host.open(request.run, setupFromRequest(request))
      return { kind: 'done' }
    case 'restore':
      await host.restore(request.run, request.image)
      return { kind: 'done' }
    case 'addModel':
      await host.addModel(request.run, request.digest, request.artefact)
      return { kind: 'done' }
    case 'dropModel':
      await host.dropModel(request.run, request.digest)
      return { kind: 'done' }
    case 'run': {
      const controller = new AbortController()
      running.set(id, controller)
      try {
        const began = (): void => {
          if (start.taskTimeoutMs !== null) port.postMessage({ began: id } satisfies FromWorker)
        }
        const results = await host.run(request.run, request.tasks.map(taskFromData), controller.signal, began)
        return { kind: 'results', results: results.map(r => resultToData(r, transfer)) }
      } finally {
        running.delete(id)
      }
    }
    case 'discard':
      await host.discard(request.run, request.batch)
      return { kind: 'done' }
    case 'accept':
      await host.accept(request.run)
      return { kind: 'done' }
    case 'close':
      await host.close(request.run)
      return { kind: 'done' }
    case 'beginSnapshot':
      await host.beginSnapshot(request.run, request.snapshot)
      return { kind: 'done' }
    case 'snapshotPage': {
      const page = await host.snapshotPage(request.run, request.part)
      if (page !== null && page.segment.buffer instanceof ArrayBuffer) transfer.add(page.segment.buffer)
      return { kind: 'page', page }
    }
    case 'endSnapshot':
      await host.endSnapshot(request.run)
      return { kind: 'done' }
    case 'stateRows': {
      const batches = await host.stateRows(request.run, request.aggregation, request.partition)
      return { kind: 'batches', batches: batches.map(b => batchToData(b, transfer)) }
    }
    case 'stop':
      await host.stop()
      exchange.close()
      return { kind: 'done' }
    default:
      return assertNever(request, 'request')
  }
}
