import type { ProtocolRules } from '../../common/protocol-rules.ts'
import type { JobWishes } from './job.ts'
import type { ModeName } from './modes.ts'

/** A fault that the torture must notice: rules that are switched off, and the mode that shows it. */
export interface Mutant {
  readonly off: readonly (keyof ProtocolRules)[]
  readonly mode: ModeName
  /** Jobs in which the fault can show at all. */
  readonly wishes?: Partial<JobWishes>
  /** Why it cannot be noticed: which other rule does its work. */
  readonly repairedBy?: string
}

const onlyFiles = { outputs: ['files'], sides: [null, 'files'] } as const
const stateful = { shapes: ['windows', 'totals'] } as const

/** By the name that --mutant takes; docs/torture.md has the table. */
export const mutants: { readonly [name: string]: Mutant } = Object.freeze({
  'prepare-unsynced': { off: ['prepareSynced'], mode: 'power' },
  'prepare-in-two-writes': { off: ['prepareAtomic'], mode: 'nondeterministic' },
  'deltas-after-publish': { off: ['deltasInPrepare'], mode: 'kill', wishes: stateful },
  'publish-before-prepare': { off: ['prepareBeforePublish'], mode: 'kill' },
  'foreach-before-prepare': { off: ['prepareBeforePublish'], mode: 'kill', wishes: { outputs: ['deliver'], sides: [null] } },
  'commit-before-publish': { off: ['commitAfterPublish'], mode: 'kill' },
  'commit-between-sinks': { off: ['commitAfterAllSinks'], mode: 'kill' },
  'no-look-up': { off: ['lookUpDecides'], mode: 'kill' },
  'tokens-not-compared': { off: ['tokensCompared'], mode: 'restored' },
  're-plan': { off: ['preparedKeepsInput'], mode: 'kill' },
  'next-watermark-missing': { off: ['nextWatermarkRecorded'], mode: 'kill' },
  'look-up-before-fence': { off: ['lookUpAtFence'], mode: 'zombies', wishes: { outputs: ['table'] } },
  'epoch-not-bumped': { off: ['epochBumped'], mode: 'kill' },
  'epoch-from-checkpoint': { off: ['epochAboveSinks'], mode: 'kill' },
  'table-no-epoch-check': { off: ['tableChecksEpoch'], mode: 'zombies', wishes: { outputs: ['table'] } },
  'table-blind-insert': { off: ['tableChecksEpoch', 'tableChecksBatch'], mode: 'unknown' },
  'staged-not-synced': { off: ['stagedFilesSynced'], mode: 'power', wishes: onlyFiles },
  'slot-not-synced': { off: ['slotSynced'], mode: 'power', wishes: onlyFiles },
  'slots-not-synced-at-open': {
    off: ['slotsSyncedAtOpen'], mode: 'mixed', wishes: onlyFiles,
    repairedBy: 'the fence takes a slot in the same folder and syncs it before anything is decided',
  },
  'renames-not-redone': { off: ['renamesRedone'], mode: 'kill', wishes: onlyFiles },
  'rename-before-slot': { off: ['renameAfterSlot'], mode: 'kill', wishes: onlyFiles },
  'swept-early': { off: ['sweptAfterRecovery'], mode: 'nondeterministic', wishes: { outputs: ['files'], sides: ['files'], spoolOutput: false } },
  'unknown-is-success': { off: ['unknownIsNotSuccess'], mode: 'unknown' },
  'unknown-is-failure': {
    off: ['unknownIsNotFailure'], mode: 'unknown',
    repairedBy: 'a commit that comes twice is answered with "already" (without that check: table-blind-insert)',
  },
  'forget-after-prepare': { off: ['forgetAfterNextPrepare'], mode: 'kill', wishes: { cleanSource: ['delete', 'archive'] } },
  'deltas-to-newest-snapshot': { off: ['deltasToOlderSnapshot'], mode: 'damage' },
  'deltas-before-manifest': { off: ['deletionAfterManifest'], mode: 'kill', wishes: { ...stateful, long: true } },
  'manifest-before-pages': { off: ['manifestAfterPages'], mode: 'damage' },
  'snapshot-of-uncommitted': { off: ['snapshotOfCommitted'], mode: 'nondeterministic', wishes: { ...stateful, long: true } },
  'model-removed-at-swap': { off: ['modelsKept'], mode: 'kill', wishes: { scored: true } },
  'digests-off': { off: ['digestsChecked'], mode: 'damage' },
  'out-of-order': { off: ['publishInOrder'], mode: 'kill' },
  'not-compared-without-doubt': { off: ['comparedWithoutDoubt'], mode: 'lost' },
  'absent-marker-is-none': { off: ['absentMarkerIsLoss'], mode: 'lost' },
  'recomputed-not-compared': { off: ['spoolForced', 'recomputedCompared'], mode: 'nondeterministic', wishes: { outputs: ['table'], sides: ['table'], spoolOutput: false } },
  'attempts-overwrite': { off: ['attemptsKeptApart'], mode: 'zombies' },
  'chain-not-checked': { off: ['chainChecked'], mode: 'dropped' },
})
