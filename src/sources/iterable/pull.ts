import { makeError } from '../../common/errors.ts'

/** The part of an RxJS Observable that we use; any library's will do. */
export interface ObservableLike {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): { unsubscribe(): void }
}

export type IterableInput = AsyncIterable<unknown> | Iterable<unknown> | ObservableLike

export function isIterableInput(value: unknown): value is IterableInput {
  if (typeof value !== 'object' || value === null) return false
  return Symbol.asyncIterator in value || Symbol.iterator in value || typeof (value as { subscribe?: unknown }).subscribe === 'function'
}

export interface PullTarget {
  readonly signal: AbortSignal
  take(item: unknown): void
  full(): boolean
  /** Resolves when there is room, or the signal aborts. */
  room(): Promise<void>
}

/**
 * Hands on the items until the input ends or the signal aborts. An iterable is asked for the next item only when there
 * is room for it; an observable cannot be made to wait.
 * @throws what the input throws · QueryError SOURCE_FAILED when an observable overruns the buffer
 */
export async function pullFrom(input: IterableInput, target: PullTarget): Promise<void> {
  if (Symbol.asyncIterator in input) return pullAsync(input[Symbol.asyncIterator](), target)
  if (Symbol.iterator in input) return pullSync(input, target)
  return observe(input, target)
}

async function pullAsync(iterator: AsyncIterator<unknown>, target: PullTarget): Promise<void> {
  const { signal } = target
  const aborted = new Promise<undefined>(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
  for (;;) {
    await target.room()
    if (signal.aborted) break
    // An iterator that never answers must not hold the end of the query up.
    const next = await Promise.race([iterator.next(), aborted])
    if (next === undefined) break
    if (next.done === true) return
    target.take(next.value)
  }
  // Not awaited for the same reason.
  void iterator.return?.()?.then(undefined, () => undefined)
}

async function pullSync(items: Iterable<unknown>, target: PullTarget): Promise<void> {
  for (const item of items) {
    if (target.full()) await target.room()
    if (target.signal.aborted) return
    target.take(item)
  }
}

function observe(input: ObservableLike, target: PullTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = false
    let subscription: { unsubscribe(): void } | undefined
    const finish = (settle: () => void): void => {
      if (done) return
      done = true
      subscription?.unsubscribe()
      settle()
    }
    target.signal.addEventListener('abort', () => finish(resolve), { once: true })
    subscription = input.subscribe({
      next(item) {
        if (done) return
        if (target.full()) {
          finish(() => reject(makeError('SOURCE_FAILED', 'The observable gives rows faster than they are processed, and the buffer is full. Raise maxBufferedRows, slow the observable down, or hand over an async iterable, which waits.')))
        } else target.take(item)
      },
      error: error => finish(() => reject(error)),
      complete: () => finish(resolve),
    })
    if (done) subscription.unsubscribe()
  })
}
