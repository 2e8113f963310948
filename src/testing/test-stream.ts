import { inspect } from 'node:util'
import { type Duration, durationMs } from '../common/duration.ts'
import { isMillraceError, messageOf } from '../common/errors.ts'
import type { StateOperatorProgress } from '../microbatch/progress.ts'
import type { MemorySource } from '../sources/memory/memory-source.ts'
import { checkStreamTest, type CrashTrigger, plain, sameRowSet, ScriptRun, type StreamTest } from './script/script-run.ts'
import type { CrashMode } from './simulation/simulated-crash.ts'

export type { CrashTrigger, StreamTest } from './script/script-run.ts'

/**
 * A script over a streaming query: what is done with it, and what must then hold. It runs on a simulated disk and clock,
 * so that time passes, processes die and power is lost without waiting; the rows go to a memory sink. Memory sources
 * stand outside and survive a crash, as a message broker would.
 *
 *     const input = new MemorySource(schema({ user: t.string() }))
 *     await testStream({ query: s => s.readStream(memory(input)).groupBy('user').agg(() => ({ n: count() })), outputMode: 'update' })
 *       .addData(input, [{ user: 'ann' }, { user: 'ann' }])
 *       .processAllAvailable()
 *       .expectNewRows([{ user: 'ann', n: 2 }])
 *       .run()
 */
export function testStream<R>(test: StreamTest<R>): StreamScript<R> {
  checkStreamTest(test)
  return new StreamScript(test, [])
}

interface ScriptStep<R> {
  readonly text: string
  /** Throws when what it expects does not hold. */
  run(run: ScriptRun<R>): Promise<void> | void
  /** It looks at a failure of the query itself; any other step is not reached with one. */
  readonly takesFailure?: boolean
  /** It asks for a crash; a script that ends without it has tested nothing. */
  readonly crash?: boolean
}

/** Each method adds a step; run() takes them one by one. */
export class StreamScript<R> {
  readonly kind = 'StreamScript'
  readonly #test: StreamTest<R>
  readonly #steps: readonly ScriptStep<R>[]

  /** @internal testStream() makes them. */
  constructor(test: StreamTest<R>, steps: readonly ScriptStep<R>[]) {
    this.#test = test
    this.#steps = steps
  }

  /** Adds rows to a memory source: one input partition of the next batch. */
  addData<S>(source: MemorySource<S>, rows: readonly S[]): StreamScript<R> {
    return this.#with({ text: `addData(${show(rows)})`, run: () => void source.addData(rows) })
  }

  /** Lets time pass, trigger by trigger. */
  advanceClock(by: Duration | number): StreamScript<R> {
    return this.#with({
      text: `advanceClock(${show(by)})`,
      run: async run => {
        await run.ensureStarted()
        await run.advance(durationMs(by, 'clock advance'))
      },
    })
  }

  /** Starts the query if it is not yet, and waits until there is nothing more for it to do. */
  processAllAvailable(): StreamScript<R> {
    return this.#with({
      text: 'processAllAvailable()',
      run: async run => {
        await run.ensureStarted()
        await run.settle()
      },
    })
  }

  /** All rows so far, in any order; in complete mode those of the newest result. */
  expectRows(rows: readonly R[]): StreamScript<R> {
    return this.#with({ text: `expectRows(${show(rows)})`, run: run => compareRows(run.rows(), rows) })
  }

  /** Rows of the batches since the last expectNewRows(), in any order. */
  expectNewRows(rows: readonly R[]): StreamScript<R> {
    return this.#with({ text: `expectNewRows(${show(rows)})`, run: run => compareRows(run.newRows(), rows) })
  }

  /** Counters of the state after the last batch, per stateful operator; what is left out is not compared. */
  expectState(...operators: readonly Partial<StateOperatorProgress>[]): StreamScript<R> {
    return this.#with({
      text: `expectState(${operators.map(show).join(', ')})`,
      run: run => {
        const got = operators.map((wanted, i) => Object.fromEntries(Object.keys(wanted).map(k => [k, (run.state[i] as unknown as Record<string, unknown> | undefined)?.[k]])))
        expectSame(got, operators)
        if (run.state.length !== operators.length) throw new Error(`expected ${operators.length} stateful operators, got ${run.state.length}`)
      },
    })
  }

  /** The watermark after the last batch: ISO text or a Date; null: none yet. */
  expectWatermark(time: string | Date | null): StreamScript<R> {
    const wanted = time === null ? null : isoTime(time)
    return this.#with({
      text: `expectWatermark(${show(time)})`,
      run: run => expectSame(run.watermarkMs === null ? null : new Date(run.watermarkMs).toISOString(), wanted),
    })
  }

  /** How many batches have run in all. */
  expectBatches(count: number): StreamScript<R> {
    return this.#with({ text: `expectBatches(${count})`, run: run => expectSame(run.batches, count) })
  }

  /** The query has failed, with this code somewhere in its chain of causes. */
  expectError(code: string): StreamScript<R> {
    return this.#with({
      text: `expectError(${show(code)})`,
      takesFailure: true,
      run: run => {
        const codes: string[] = []
        for (let e = run.takeFailure(); e instanceof Error; e = e.cause) if (isMillraceError(e)) codes.push(e.code)
        if (!codes.includes(code)) throw new Error(`expected the error ${code}, got ${codes.length === 0 ? 'none' : codes.join(' < ')}`)
      },
    })
  }

  /**
   * The process dies at a point of the next batch: before its record is durable (`prepare`), before the sink has the
   * rows (`publish`), before the commit mark (`commit`); or at the n-th step from here that changes the disk, or where a
   * test of the step says so. `power`: the disk loses what was not synced.
   */
  crashAt(at: CrashTrigger, mode: CrashMode = 'kill'): StreamScript<R> {
    if (typeof at === 'string' && !crashPoints.includes(at)) throw new TypeError(`crashAt() takes ${crashPoints.map(p => `'${p}'`).join(', ')}, a number of steps or a function, but got '${String(at)}'.`)
    return this.#with({ crash: true, text: `crashAt(${typeof at === 'function' ? '…' : show(at)}${mode === 'kill' ? '' : `, '${mode}'`})`, run: run => run.crashAt(at, mode) })
  }

  /** Starts the query again on the same checkpoint, after a crash or a stop or just so; some options may be others. */
  restart(changes: Partial<StreamTest<R>> = {}): StreamScript<R> {
    return this.#with({ text: 'restart()', run: run => run.start(changes) })
  }

  /** Stops the query cleanly. */
  stop(): StreamScript<R> {
    return this.#with({ text: 'stop()', run: run => run.stop() })
  }

  /**
   * Runs the script.
   * @throws Error that prints it, with an arrow at the step that failed
   */
  async run(): Promise<void> {
    const run = new ScriptRun<R>(this.#test)
    let failedAt = -1
    let failure: unknown
    try {
      for (const [i, step] of this.#steps.entries()) {
        try {
          if (failure !== undefined && step.takesFailure !== true) break
          await step.run(run)
          failure = undefined
        } catch (error) {
          failure = error
          failedAt = i
          break
        }
        // A failure of the query may be what the next step expects.
        if (this.#steps[i + 1]?.takesFailure === true) continue
        failure = run.takeFailure()
        failedAt = i
        if (failure !== undefined) break
      }
      if (failure === undefined && run.awaitsCrash) {
        failure = new Error('the process never came to this point, so that it has not crashed. Add data before the end of the script, or choose an earlier point.')
        failedAt = this.#steps.findLastIndex(step => step.crash)
      }
    } finally {
      await run.stop()
    }
    if (failure !== undefined) throw this.#failed(failedAt, failure)
  }

  #with(step: ScriptStep<R>): StreamScript<R> {
    return new StreamScript(this.#test, [...this.#steps, step])
  }

  #failed(at: number, cause: unknown): Error {
    const script = this.#steps.map((step, i) => `${i === at ? ' → ' : '   '} ${step.text}`)
    return new Error(`Step ${at + 1} of the script failed: ${messageOf(cause)}\n\n${script.join('\n')}\n`, { cause })
  }
}

const crashPoints: readonly CrashTrigger[] = ['prepare', 'publish', 'commit']

function isoTime(time: string | Date): string {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) throw new TypeError(`expectWatermark() takes ISO text such as '2024-03-01T12:00:00Z', a Date or null, but got ${show(time)}.`)
  return date.toISOString()
}

function compareRows(got: readonly unknown[], expected: readonly unknown[]): void {
  if (!sameRowSet(got, expected)) throw new Error(`expected the rows ${show(expected)}, got ${show(got)}`)
}

function expectSame(got: unknown, expected: unknown): void {
  const [a, b] = [show(got), show(expected)]
  if (a !== b) throw new Error(`expected ${b}, got ${a}`)
}

function show(value: unknown): string {
  return inspect(plain(value), { depth: 6, breakLength: Infinity, compact: true, maxArrayLength: 50 })
}
