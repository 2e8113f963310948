import type { ErrorCode } from '../../common/error-codes.ts'
import type { JobWishes } from './job.ts'
import type { Misfortune } from './misfortunes.ts'

/** A kind of torture: which jobs, what happens to them, and which typed stops are the right answer to it. */
export interface Mode {
  readonly wishes: JobWishes
  readonly misfortune: Misfortune | null
  readonly mayStop: readonly (ErrorCode | `CHECKPOINT_CORRUPT Checkpoint record "${string}`)[]
  /** Errors after which the query is simply started again. */
  readonly mayFail?: readonly ErrorCode[]
}

/**
 * What sources remember is not kept per attempt: two processes that write to one store, which LevelDB's lock forbids, may
 * leave there what fits neither. Then the next start refuses it.
 */
const rememberedByTwo = 'CHECKPOINT_CORRUPT Checkpoint record "r/'

/** Sinks that can be asked: what a job without look-up gives after a lost history cannot be judged. */
const lookUp = { outputs: ['files', 'files', 'table'], sides: [null, null, 'files', 'table'] } as const
const lostHistory: readonly ErrorCode[] = ['CHECKPOINT_OLDER_THAN_SINK', 'CHECKPOINT_HISTORY_DIVERGED', 'SINK_LOST_COMMITS', 'CHECKPOINT_SPLIT', 'SINK_TOKEN_MISMATCH']

export const modes = Object.freeze({
  kill: { wishes: { crash: 'kill' }, misfortune: null, mayStop: [] },
  power: { wishes: { crash: 'power' }, misfortune: null, mayStop: [] },
  mixed: { wishes: { crash: 'mixed' }, misfortune: null, mayStop: [] },
  errors: { wishes: { crash: 'errors' }, misfortune: null, mayStop: [] },
  nondeterministic: { wishes: { crash: 'kill', nondeterministic: true }, misfortune: null, mayStop: [] },
  'nondeterministic-power': { wishes: { crash: 'mixed', nondeterministic: true }, misfortune: null, mayStop: [] },
  zombies: { wishes: { crash: 'kill', ...lookUp, nondeterministic: true }, misfortune: 'zombie', mayStop: [rememberedByTwo] },
  'zombies-forked': { wishes: { crash: 'kill', ...lookUp, cleanSource: ['off'], nondeterministic: true }, misfortune: 'forked zombie', mayStop: ['CHECKPOINT_OLDER_THAN_SINK', 'CHECKPOINT_HISTORY_DIVERGED'] },
  unknown: { wishes: { crash: 'kill', outputs: ['table'], sides: [null, 'table', 'files'] }, misfortune: 'lost answers', mayStop: [], mayFail: ['SINK_COMMIT_FAILED'] },
  restored: { wishes: { crash: 'mixed', ...lookUp, cleanSource: ['off'] }, misfortune: 'restored checkpoint', mayStop: lostHistory },
  lost: { wishes: { crash: 'mixed', ...lookUp }, misfortune: 'lost marker', mayStop: [...lostHistory, 'SINK_MARKER_LOST'] },
  dropped: { wishes: { crash: 'kill', ...lookUp }, misfortune: 'dropped write', mayStop: [...lostHistory, 'CHECKPOINT_CORRUPT', 'STATE_CORRUPT'] },
  damage: { wishes: { crash: 'mixed', shapes: ['windows', 'totals'], long: true }, misfortune: 'damaged snapshot', mayStop: [] },
} as const satisfies { readonly [name: string]: Mode })

export type ModeName = keyof typeof modes
