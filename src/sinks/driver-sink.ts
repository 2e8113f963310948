import type { Attempt, Marker, Sink, SinkOutput, SinkPart } from './sink.ts'

/**
 * What all sinks without a marker of their own have in common: they cannot be asked, they are not fenced, nothing is
 * staged. A batch that was in doubt at a crash is delivered again, with `isReplay`.
 */
export abstract class DriverSink implements Sink {
  abstract readonly description: string
  readonly capabilities = Object.freeze({ lookup: false, resumable: false })

  async epoch(): Promise<number> {
    return 0
  }

  async fence(): Promise<{ readonly last: Marker | null; readonly incarnation: string | null }> {
    return { last: null, incarnation: null }
  }

  async stage(_batchId: number, _attempt: Attempt, _parts: readonly SinkPart[]): Promise<void> {}

  abstract deliver(output: SinkOutput): Promise<void>

  async commit(output: SinkOutput): Promise<'done'> {
    await this.deliver(output)
    return 'done'
  }

  async hasStaged(): Promise<boolean> {
    return false
  }

  async sweep(): Promise<void> {}

  async close(): Promise<void> {}
}
