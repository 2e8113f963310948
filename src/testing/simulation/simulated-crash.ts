/** How a simulated process ends: killed (what it wrote stays) or with the whole machine losing power (what it did not sync may go). */
export type CrashMode = 'kill' | 'power'

/** What a process is about to do to the world. */
export interface Step {
  readonly kind:
    | 'create' | 'write' | 'sync' | 'makeDirectory' | 'rename' | 'link' | 'remove' | 'removeDirectory' | 'syncDirectory'
    | 'store open' | 'store write' | 'store close'
    /** A system outside of the machine is asked for something; `path` is what. */
    | 'call'
  /** The file or directory; of rename and link the new name. */
  readonly path: string
  /** Of a write to a store: whether it is synced. */
  readonly sync?: boolean
  /** Number of the step in its process, from 0. */
  readonly index: number
}

/**
 * Called before each step. Throwing a SimulatedCrash ends the process there; throwing another error makes the step fail
 * without effect; answering `failAfter` makes it take effect and fail all the same, so that its outcome is unknown.
 */
export type StepHook = (step: Step) => void | { readonly failAfter: Error }

/**
 * Thrown by a step hook. Code under test never sees it: the operations of a dead process just never end, as the rest of
 * a killed program never runs. No `catch` or `finally` of the program can tidy up.
 */
export class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash'
  readonly mode: CrashMode

  constructor(mode: CrashMode) {
    super(`Simulated crash: ${mode}.`)
    this.mode = mode
  }
}
